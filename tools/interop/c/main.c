/* Scenarios for nats.c; see ../README.md for what each one is and what a program prints. */
#include <nats/nats.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATIENCE_MS 20000

static const char *scenario;

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("not ok %s: ", scenario);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    exit(1);
}

static void check_at(int line, natsStatus status)
{
    if (status != NATS_OK) {
        const char *last = nats_GetLastError(NULL);
        fail("line %d: %s (%s)", line, natsStatus_GetText(status), last != NULL ? last : "");
    }
}

#define check(status) check_at(__LINE__, (status))
#define expect(condition) do { if (!(condition)) fail("line %d: not true: %s", __LINE__, #condition); } while (0)

static const char *env(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        fail("%s is not set", name);
    return value;
}

/* What callbacks count; one lock for all. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void add(int *counter)
{
    pthread_mutex_lock(&lock);
    ++*counter;
    pthread_mutex_unlock(&lock);
}

static int get(const int *counter)
{
    pthread_mutex_lock(&lock);
    int value = *counter;
    pthread_mutex_unlock(&lock);
    return value;
}

static bool reaches(const int *counter, int wanted)
{
    for (int i = 0; i < PATIENCE_MS / 10 && get(counter) < wanted; i++)
        nats_Sleep(10);
    return get(counter) >= wanted;
}

static natsOptions *new_options(void)
{
    natsOptions *options;
    check(natsOptions_Create(&options));
    check(natsOptions_SetURL(options, env("INTEROP_URL")));
    check(natsOptions_SetTimeout(options, 10000));
    check(natsOptions_SetAllowReconnect(options, false));
    return options;
}

/* Takes the options. */
static natsConnection *connect_with(natsOptions *options)
{
    natsConnection *nc;
    check(natsConnection_Connect(&nc, options));
    natsOptions_Destroy(options);
    return nc;
}

static natsConnection *connect_plain(void) { return connect_with(new_options()); }

static natsSubscription *listen_to(natsConnection *nc, const char *subject)
{
    natsSubscription *subscription;
    check(natsConnection_SubscribeSync(&subscription, nc, subject));
    return subscription;
}

static natsMsg *next(natsSubscription *subscription)
{
    natsMsg *message;
    check(natsSubscription_NextMsg(&message, subscription, PATIENCE_MS));
    return message;
}

static bool is(natsMsg *message, const char *text)
{
    size_t length = strlen(text);
    return (size_t) natsMsg_GetDataLength(message) == length && memcmp(natsMsg_GetData(message), text, length) == 0;
}

/* Publishes to itself. */
static void works(natsConnection *nc)
{
    natsSubscription *subscription = listen_to(nc, "works");
    check(natsConnection_PublishString(nc, "works", "yes"));
    natsMsg *message = next(subscription);
    expect(is(message, "yes"));
    natsMsg_Destroy(message);
    natsSubscription_Destroy(subscription);
}

static void refused(natsOptions *options)
{
    natsConnection *nc = NULL;
    natsStatus status = natsConnection_Connect(&nc, options);
    if (status == NATS_OK)
        fail("let in with the wrong credentials");
    const char *last = nats_GetLastError(NULL);
    if (status != NATS_CONNECTION_AUTH_FAILED && (last == NULL || strcasestr(last, "authorization violation") == NULL))
        fail("refused with %s (%s)", natsStatus_GetText(status), last != NULL ? last : "");
    natsOptions_Destroy(options);
}

static void publish_subscribe(void)
{
    natsConnection *a = connect_plain(), *b = connect_plain();
    natsSubscription *subscription = listen_to(b, "ps.>");
    check(natsConnection_Flush(b));
    char subject[32], text[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(subject, sizeof subject, "ps.%d", i % 7);
        snprintf(text, sizeof text, "%d", i);
        check(natsConnection_PublishRequestString(a, subject, "answer.here", text));
    }
    check(natsConnection_Publish(a, "ps.empty", NULL, 0));
    for (int i = 0; i < 1000; i++) {
        natsMsg *message = next(subscription);
        snprintf(subject, sizeof subject, "ps.%d", i % 7);
        snprintf(text, sizeof text, "%d", i);
        expect(strcmp(natsMsg_GetSubject(message), subject) == 0);
        expect(strcmp(natsMsg_GetReply(message), "answer.here") == 0);
        expect(is(message, text));
        natsMsg_Destroy(message);
    }
    natsMsg *empty = next(subscription);
    expect(natsMsg_GetDataLength(empty) == 0 && natsMsg_GetReply(empty) == NULL);
    natsMsg_Destroy(empty);
}

static void wildcards(void)
{
    static const char *const names[] = {"w.a", "w.a.b", "w.a.b.c", "w.x.c", "w"};
    static const char *const hits[][2] = {
        {"w.a", "w.a "}, {"w.*", "w.a "}, {"w.*.c", "w.x.c "}, {"w.>", "w.a w.a.b w.a.b.c w.x.c "}, {"*.a", "w.a "}, {"w.a.*", "w.a.b "},
    };
    natsConnection *nc = connect_plain();
    natsSubscription *subscriptions[6];
    for (int i = 0; i < 6; i++)
        subscriptions[i] = listen_to(nc, hits[i][0]);
    for (int i = 0; i < 5; i++)
        check(natsConnection_PublishString(nc, names[i], names[i]));
    check(natsConnection_Flush(nc));
    for (int i = 0; i < 6; i++) {
        char seen[200] = "";
        natsMsg *message;
        while (natsSubscription_NextMsg(&message, subscriptions[i], 0) == NATS_OK) {
            strcat(strcat(seen, natsMsg_GetSubject(message)), " ");
            natsMsg_Destroy(message);
        }
        if (strcmp(seen, hits[i][1]) != 0)
            fail("%s saw %s", hits[i][0], seen);
    }
}

static void count_message(natsConnection *nc, natsSubscription *subscription, natsMsg *message, void *counter)
{
    (void) nc;
    (void) subscription;
    natsMsg_Destroy(message);
    add(counter);
}

static void queue_groups(void)
{
    static int counts[4], others;
    natsConnection *publisher = connect_plain();
    for (int i = 0; i < 4; i++) {
        natsConnection *member = connect_plain();
        natsSubscription *subscription;
        check(natsConnection_QueueSubscribe(&subscription, member, "queue.*", "workers", count_message, &counts[i]));
        check(natsConnection_QueueSubscribe(&subscription, member, "queue.>", "others", count_message, &others));
        check(natsConnection_Flush(member));
    }
    for (int i = 0; i < 4000; i++) {
        char subject[32];
        snprintf(subject, sizeof subject, "queue.%d", i);
        check(natsConnection_Publish(publisher, subject, NULL, 0));
        if (i % 50 == 0)
            check(natsConnection_Flush(publisher));
    }
    check(natsConnection_Flush(publisher));
    expect(reaches(&others, 4000));
    int sum = 0;
    for (int tries = 0; tries < PATIENCE_MS / 10 && sum < 4000; tries++) {
        nats_Sleep(10);
        sum = 0;
        for (int i = 0; i < 4; i++)
            sum += get(&counts[i]);
    }
    if (sum != 4000 || get(&others) != 4000)
        fail("sums: %d %d", sum, get(&others));
    for (int i = 0; i < 4; i++)
        if (counts[i] < 800 || counts[i] > 1200)
            fail("member %d had %d", i, counts[i]);
}

static void headers(void)
{
    natsConnection *a = connect_plain(), *b = connect_plain();
    natsSubscription *subscription = listen_to(b, "headers");
    check(natsConnection_Flush(b));
    static const char *const bodies[] = {"body", ""};
    for (int i = 0; i < 2; i++) {
        natsMsg *message;
        check(natsMsg_Create(&message, "headers", NULL, bodies[i], (int) strlen(bodies[i])));
        check(natsMsgHeader_Add(message, "Colour", "red"));
        check(natsMsgHeader_Add(message, "Colour", "grün"));
        check(natsMsgHeader_Add(message, "Number", "1"));
        check(natsConnection_PublishMsg(a, message));
        natsMsg_Destroy(message);
        message = next(subscription);
        expect(is(message, bodies[i]));
        const char **values = NULL, *number = NULL;
        int count = 0;
        check(natsMsgHeader_Values(message, "Colour", &values, &count));
        expect(count == 2 && strcmp(values[0], "red") == 0 && strcmp(values[1], "grün") == 0);
        check(natsMsgHeader_Get(message, "Number", &number));
        expect(strcmp(number, "1") == 0);
        free((void *) values);
        natsMsg_Destroy(message);
    }
}

static void answer(natsConnection *nc, natsSubscription *subscription, natsMsg *message, void *closure)
{
    (void) subscription;
    (void) closure;
    char text[100];
    snprintf(text, sizeof text, "re: %.*s", natsMsg_GetDataLength(message), natsMsg_GetData(message));
    check(natsConnection_PublishString(nc, natsMsg_GetReply(message), text));
    natsMsg_Destroy(message);
}

static void request(void)
{
    natsConnection *a = connect_plain(), *b = connect_plain();
    natsSubscription *subscription;
    check(natsConnection_QueueSubscribe(&subscription, a, "ask", "workers", answer, NULL));
    check(natsConnection_Flush(a));
    for (int i = 0; i < 100; i++) {
        char text[32], wanted[32];
        snprintf(text, sizeof text, "%d", i);
        snprintf(wanted, sizeof wanted, "re: %d", i);
        natsMsg *reply;
        check(natsConnection_RequestString(&reply, i % 2 == 0 ? a : b, "ask", text, PATIENCE_MS));
        expect(is(reply, wanted));
        natsMsg_Destroy(reply);
    }
}

static void no_responders(void)
{
    natsConnection *nc = connect_plain();
    natsMsg *reply;
    natsStatus status = natsConnection_RequestString(&reply, nc, "nobody", "", PATIENCE_MS);
    if (status != NATS_NO_RESPONDERS)
        fail("seen: %s", natsStatus_GetText(status));
    listen_to(nc, "silent");
    status = natsConnection_RequestString(&reply, nc, "silent", "", 100);
    if (status != NATS_TIMEOUT)
        fail("seen: %s", natsStatus_GetText(status));
}

static void flush_rtt(void)
{
    natsConnection *nc = connect_plain();
    for (int i = 0; i < 10; i++) {
        int64_t nanoseconds = 0;
        check(natsConnection_FlushTimeout(nc, PATIENCE_MS));
        check(natsConnection_GetRTT(nc, &nanoseconds));
        expect(nanoseconds > 0);
    }
}

static void count_event(natsConnection *nc, void *counter)
{
    (void) nc;
    add(counter);
}

static void drain(void)
{
    static int closed, count;
    natsConnection *publisher = connect_plain();
    natsOptions *options = new_options();
    check(natsOptions_SetClosedCB(options, count_event, &closed));
    natsConnection *nc = connect_with(options);
    natsSubscription *subscription;
    check(natsConnection_Subscribe(&subscription, nc, "drain", count_message, &count));
    check(natsConnection_Flush(nc));
    for (int i = 0; i < 1000; i++)
        check(natsConnection_Publish(publisher, "drain", NULL, 0));
    check(natsConnection_Flush(publisher));
    check(natsConnection_Drain(nc));
    expect(reaches(&closed, 1));
    expect(get(&count) == 1000);
}

static void max_payload(void)
{
    natsConnection *nc = connect_plain();
    int64_t limit = natsConnection_GetMaxPayload(nc);
    expect(limit == 1024 * 1024);
    void *bytes = calloc(1, (size_t) limit + 1);
    natsSubscription *subscription = listen_to(nc, "large");
    check(natsConnection_Publish(nc, "large", bytes, (int) limit));
    natsMsg *message = next(subscription);
    expect(natsMsg_GetDataLength(message) == limit);
    natsMsg_Destroy(message);
    natsStatus status = natsConnection_Publish(nc, "large", bytes, (int) limit + 1);
    if (status != NATS_MAX_PAYLOAD)
        fail("seen: %s", natsStatus_GetText(status));
    check(natsConnection_Flush(nc));
    free(bytes);
}

/* The last error that the library reported. */
static char report[300];
static int reports;

static void remember(natsConnection *nc, natsSubscription *subscription, natsStatus status, void *closure)
{
    (void) subscription;
    (void) closure;
    const char *last = NULL;
    natsConnection_GetLastError(nc, &last);
    pthread_mutex_lock(&lock);
    snprintf(report, sizeof report, "%s: %s", natsStatus_GetText(status), last != NULL ? last : "");
    reports++;
    pthread_mutex_unlock(&lock);
}

static void reported(int number, const char *wanted)
{
    if (!reaches(&reports, number))
        fail("nothing reported of: %s", wanted);
    pthread_mutex_lock(&lock);
    if (strcasestr(report, wanted) == NULL)
        fail("reported: %s", report);
    pthread_mutex_unlock(&lock);
}

static natsConnection *connect_as(const char *user)
{
    natsOptions *options = new_options();
    check(natsOptions_SetUserInfo(options, user, env("INTEROP_PASSWORD")));
    check(natsOptions_SetErrorHandler(options, remember, NULL));
    return connect_with(options);
}

static void permissions(void)
{
    natsConnection *nc = connect_as(env("INTEROP_USER"));
    natsSubscription *allowed = listen_to(nc, "open.>");
    check(natsConnection_PublishString(nc, "closed.subject", ""));
    reported(1, "permissions violation for publish to \"closed.subject\"");
    listen_to(nc, "open.secret");
    check(natsConnection_Flush(nc));
    reported(2, "permissions violation for subscription to \"open.secret\"");
    check(natsConnection_PublishString(nc, "open.secret", ""));
    check(natsConnection_PublishString(nc, "open.subject", ""));
    natsMsg *message = next(allowed);
    expect(strcmp(natsMsg_GetSubject(message), "open.subject") == 0);
    natsMsg_Destroy(message);
}

static void answer_twice(natsConnection *nc, natsSubscription *subscription, natsMsg *message, void *closure)
{
    (void) subscription;
    (void) closure;
    check(natsConnection_PublishString(nc, natsMsg_GetReply(message), "yes"));
    check(natsConnection_PublishString(nc, natsMsg_GetReply(message), "one too many"));
    natsMsg_Destroy(message);
}

static void allow_responses(void)
{
    natsConnection *responder = connect_as("bob"), *requester = connect_as("ann");
    natsSubscription *subscription;
    check(natsConnection_Subscribe(&subscription, responder, "open.service", answer_twice, NULL));
    check(natsConnection_Flush(responder));
    natsMsg *reply;
    check(natsConnection_RequestString(&reply, requester, "open.service", "", PATIENCE_MS));
    expect(is(reply, "yes"));
    natsMsg_Destroy(reply);
    reported(1, "permissions violation for publish");
}

static void accounts(void)
{
    natsConnection *ann = connect_as("ann"), *bea = connect_as("bea");
    natsSubscription *calc, *all = listen_to(bea, ">");
    check(natsConnection_Subscribe(&calc, ann, "calc", answer, NULL));
    check(natsConnection_Flush(ann));
    check(natsConnection_Flush(bea));
    check(natsConnection_PublishString(ann, "private", ""));
    check(natsConnection_PublishString(ann, "news.today", "sunny"));
    natsMsg *message = next(all);
    expect(strcmp(natsMsg_GetSubject(message), "from.news.today") == 0 && is(message, "sunny"));
    natsMsg_Destroy(message);
    check(natsSubscription_Unsubscribe(all));
    check(natsConnection_RequestString(&message, bea, "calc.a", "1 1", PATIENCE_MS));
    expect(is(message, "re: 1 1"));
    natsMsg_Destroy(message);
    natsStatus status = natsConnection_RequestString(&message, bea, "calc", "", PATIENCE_MS);
    if (status != NATS_NO_RESPONDERS)
        fail("seen: %s", natsStatus_GetText(status));
}

static natsOptions *tls_options(const char *ca, const char *cert, const char *key)
{
    natsOptions *options = new_options();
    check(natsOptions_SetSecure(options, true));
    check(natsOptions_LoadCATrustedCertificates(options, env(ca)));
    check(natsOptions_SetExpectedHostname(options, "localhost"));
    if (cert != NULL)
        check(natsOptions_LoadCertificatesChain(options, env(cert), env(key)));
#if NATS_VERSION_NUMBER >= 0x030900
    if (strcmp(scenario, "tls-first") == 0)
        check(natsOptions_TLSHandshakeFirst(options));
#endif
    return options;
}

static void not_let_in(natsOptions *options)
{
    natsConnection *nc = NULL;
    if (natsConnection_Connect(&nc, options) == NATS_OK)
        fail("let in");
    natsOptions_Destroy(options);
}

static void tls(void)
{
    bool mutual = strcmp(scenario, "tls-mutual") == 0, map = strcmp(scenario, "tls-map") == 0;
    const char *cert = mutual || map ? "INTEROP_CERT" : NULL;
    natsConnection *nc = connect_with(tls_options("INTEROP_CA", cert, "INTEROP_KEY"));
    works(nc);
    not_let_in(tls_options("INTEROP_WRONG_CA", cert, "INTEROP_KEY"));
    if (cert != NULL)
        not_let_in(tls_options("INTEROP_CA", NULL, NULL));
    if (map)
        not_let_in(tls_options("INTEROP_CA", "INTEROP_OTHER_CERT", "INTEROP_OTHER_KEY"));
}

static int held = 1;

static void wait_while_held(natsConnection *nc, natsSubscription *subscription, natsMsg *message, void *closure)
{
    (void) nc;
    (void) subscription;
    (void) closure;
    natsMsg_Destroy(message);
    while (get(&held))
        nats_Sleep(10);
}

static void slow_consumer_client(void)
{
    natsOptions *options = new_options();
    check(natsOptions_SetErrorHandler(options, remember, NULL));
    natsConnection *nc = connect_with(options);
    natsSubscription *subscription;
    check(natsConnection_Subscribe(&subscription, nc, "slow", wait_while_held, NULL));
    check(natsSubscription_SetPendingLimits(subscription, 10, -1));
    for (int i = 0; i < 100; i++)
        check(natsConnection_Publish(nc, "slow", NULL, 0));
    check(natsConnection_Flush(nc));
    reported(1, "slow consumer");
    pthread_mutex_lock(&lock);
    held = 0;
    pthread_mutex_unlock(&lock);
    works(nc);
}

static int before, after;

static void hear(natsConnection *nc, natsSubscription *subscription, natsMsg *message, void *closure)
{
    (void) nc;
    (void) subscription;
    (void) closure;
    if (is(message, "before"))
        add(&before);
    if (is(message, "after"))
        add(&after);
    natsMsg_Destroy(message);
}

/* Subscribes, asks for something that ends the connection, and looks whether it comes back. */
static void interrupted(const char *wish, const char *subject)
{
    static int lost, back;
    natsOptions *options = new_options();
    check(natsOptions_SetAllowReconnect(options, true));
    check(natsOptions_SetMaxReconnect(options, 10000));
    check(natsOptions_SetReconnectWait(options, 50));
    check(natsOptions_SetDisconnectedCB(options, count_event, &lost));
    check(natsOptions_SetReconnectedCB(options, count_event, &back));
    natsConnection *nc = connect_with(options);
    natsSubscription *subscription;
    check(natsConnection_Subscribe(&subscription, nc, subject, hear, NULL));
    check(natsConnection_PublishString(nc, subject, "before"));
    expect(reaches(&before, 1));
    printf("ask %s\n", wish);
    expect(reaches(&lost, 1));
    expect(reaches(&back, 1));
    check(natsConnection_PublishString(nc, subject, "after"));
    expect(reaches(&after, 1));
}

static void reload(void)
{
    static int lost;
    natsConnection *ann = connect_as("ann");
    natsOptions *options = new_options();
    check(natsOptions_SetUserInfo(options, "bea", env("INTEROP_PASSWORD")));
    check(natsOptions_SetClosedCB(options, count_event, &lost));
    natsConnection *bea = connect_with(options);
    works(ann);
    works(bea);
    printf("ask reload\n");
    expect(reaches(&lost, 1));
    const char *last = NULL;
    natsConnection_GetLastError(bea, &last);
    if (last == NULL || strcasestr(last, "authorization violation") == NULL)
        fail("last error: %s", last != NULL ? last : "none");
    works(ann);
}

static void lame_duck(void)
{
    static int told;
    natsOptions *options = new_options();
    check(natsOptions_SetLameDuckModeCB(options, count_event, &told));
    natsConnection *nc = connect_with(options);
    check(natsConnection_Flush(nc));
    printf("ask lame-duck\n");
    expect(reaches(&told, 1));
    works(nc);
}

static natsOptions *with_user(const char *user, const char *password)
{
    natsOptions *options = new_options();
    check(natsOptions_SetUserInfo(options, user, password));
    return options;
}

static natsOptions *with_token(const char *token)
{
    natsOptions *options = new_options();
    check(natsOptions_SetToken(options, token));
    return options;
}

static natsOptions *with_creds(const char *file)
{
    natsOptions *options = new_options();
    check(natsOptions_SetUserCredentialsFromFiles(options, env(file), NULL));
    return options;
}

static natsStatus sign(char **error, unsigned char **signature, int *length, const char *nonce, void *seed)
{
    (void) error;
    return nats_Sign(seed, nonce, signature, length);
}

/* The public key is not in the file, and the library does not tell it; the driver does. */
static natsOptions *with_nkey(const char *file, const char *public_key)
{
    char *seed = calloc(1, 200);
    FILE *stream = fopen(env(file), "r");
    if (stream == NULL || fgets(seed, 200, stream) == NULL)
        fail("cannot read %s", env(file));
    fclose(stream);
    seed[strcspn(seed, "\r\n")] = '\0';
    natsOptions *options = new_options();
    check(natsOptions_SetNKey(options, env(public_key), sign, seed));
    return options;
}

static void lets(natsOptions *right, natsOptions *wrong)
{
    works(connect_with(right));
    refused(wrong);
    refused(new_options());
}

static void auth_token(void) { lets(with_token(env("INTEROP_TOKEN")), with_token("wrong")); }

static void auth_user(void)
{
    lets(with_user(env("INTEROP_USER"), env("INTEROP_PASSWORD")), with_user(env("INTEROP_USER"), "wrong"));
    refused(with_user("eve", env("INTEROP_PASSWORD")));
}

static void auth_nkey(void)
{
    lets(with_nkey("INTEROP_SEED", "INTEROP_NKEY"), with_nkey("INTEROP_WRONG_SEED", "INTEROP_WRONG_NKEY"));
}

static void auth_creds(void) { lets(with_creds("INTEROP_CREDS"), with_creds("INTEROP_WRONG_CREDS")); }
static void stalled(void) { interrupted("stall", "stall"); }
static void restarted(void) { interrupted("restart", "again"); }

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"publish-subscribe", publish_subscribe},
    {"wildcards", wildcards},
    {"queue-groups", queue_groups},
    {"headers", headers},
    {"request", request},
    {"no-responders", no_responders},
    {"flush-rtt", flush_rtt},
    {"drain", drain},
    {"max-payload", max_payload},
    {"auth-token", auth_token},
    {"auth-user", auth_user},
    {"auth-bcrypt", auth_user},
    {"auth-nkey", auth_nkey},
    {"auth-creds", auth_creds},
    {"permissions", permissions},
    {"allow-responses", allow_responses},
    {"accounts", accounts},
    {"tls", tls},
    {"tls-mutual", tls},
    {"tls-map", tls},
#if NATS_VERSION_NUMBER >= 0x030900
    {"tls-first", tls},
#endif
    {"slow-consumer-client", slow_consumer_client},
    {"slow-consumer-server", stalled},
    {"reconnect", restarted},
    {"reload", reload},
    {"lame-duck", lame_duck},
};

int main(int count, char **words)
{
    scenario = count > 1 ? words[1] : "--version";
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (strcmp(scenario, "--version") == 0) {
        printf("%s\n", nats_GetVersion());
        return 0;
    }
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (strcmp(scenarios[i].name, scenario) == 0) {
            scenarios[i].run();
            printf("ok %s\n", scenario);
            return 0;
        }
    }
    printf("skip %s: this client has no way to do it\n", scenario);
    return 0;
}
