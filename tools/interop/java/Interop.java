// Scenarios for jnats; see ../README.md for what each one is and what a program prints.

import io.nats.client.AuthHandler;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.Consumer;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import io.nats.client.NKey;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public final class Interop {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] NOTHING = new byte[0];

    private interface Scenario {
        void run() throws Exception;
    }

    /** Everything the library tells about a connection. */
    private static final class Listener implements ErrorListener {
        final BlockingQueue<String> errors = new LinkedBlockingQueue<>();
        final BlockingQueue<Events> events = new LinkedBlockingQueue<>();

        @Override
        public void errorOccurred(Connection connection, String error) {
            errors.add(error);
        }

        @Override
        public void exceptionOccurred(Connection connection, Exception exception) {
            // Those of reading and writing come with every lost connection.
        }

        @Override
        public void slowConsumerDetected(Connection connection, Consumer consumer) {
            errors.add("slow consumer");
        }

        void see(Events wanted) throws Exception {
            for (Events seen = null; seen != wanted; ) {
                seen = events.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                expect(seen != null, "never told: " + wanted);
            }
        }

        void report(String wanted) throws Exception {
            String seen = errors.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            expect(seen != null && seen.toLowerCase().contains(wanted), "wanted " + wanted + ", reported: " + seen);
        }
    }

    private static String env(String name) {
        return System.getenv("INTEROP_" + name);
    }

    private static void expect(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static void until(BooleanSupplier condition, String what) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            expect(System.nanoTime() < end, "waited for " + what);
            Thread.sleep(10);
        }
    }

    private static Options.Builder options(Listener listener) {
        return new Options.Builder()
            .server(env("URL"))
            .connectionTimeout(Duration.ofSeconds(10))
            .noReconnect()
            .errorListener(listener)
            .connectionListener((connection, event) -> listener.events.add(event));
    }

    private static Options.Builder options() {
        return options(new Listener());
    }

    private static Connection connect() throws Exception {
        return Nats.connect(options().build());
    }

    private static Message next(Subscription subscription) throws Exception {
        Message message = subscription.nextMessage(PATIENCE);
        expect(message != null, "waited for a message on " + subscription.getSubject());
        return message;
    }

    private static String text(Message message) {
        return new String(message.getData());
    }

    /** Publishes to itself. */
    private static void works(Connection connection) throws Exception {
        Subscription subscription = connection.subscribe("works");
        connection.publish("works", "yes".getBytes());
        expect(text(next(subscription)).equals("yes"), "another message");
        subscription.unsubscribe();
    }

    private static void refused(Options.Builder options) throws Exception {
        String why;
        try {
            Nats.connect(options.build()).close();
            why = null;
        } catch (Exception error) {
            why = (error + " " + error.getCause()).toLowerCase();
        }
        expect(why != null, "let in with the wrong credentials");
        expect(why.contains("authorization violation") || why.contains("authenticationexception"), "refused with " + why);
    }

    private static void lets(Options.Builder right, Options.Builder... wrong) throws Exception {
        try (Connection connection = Nats.connect(right.build())) {
            works(connection);
        }
        refused(options());
        for (Options.Builder builder : wrong) {
            refused(builder);
        }
    }

    private static void publishSubscribe() throws Exception {
        try (Connection a = connect(); Connection b = connect()) {
            Subscription subscription = b.subscribe("ps.>");
            b.flush(PATIENCE);
            for (int i = 0; i < 1000; i++) {
                a.publish("ps." + i % 7, "answer.here", String.valueOf(i).getBytes());
            }
            a.publish("ps.empty", NOTHING);
            for (int i = 0; i < 1000; i++) {
                Message message = next(subscription);
                expect(message.getSubject().equals("ps." + i % 7) && text(message).equals(String.valueOf(i)), "number " + i + ": " + message);
                expect("answer.here".equals(message.getReplyTo()), "reply: " + message.getReplyTo());
            }
            Message empty = next(subscription);
            expect(empty.getData().length == 0 && empty.getReplyTo() == null, "seen: " + empty);
        }
    }

    private static void wildcards() throws Exception {
        Map<String, List<String>> hits = new LinkedHashMap<>();
        hits.put("w.a", List.of("w.a"));
        hits.put("w.*", List.of("w.a"));
        hits.put("w.*.c", List.of("w.x.c"));
        hits.put("w.>", List.of("w.a", "w.a.b", "w.a.b.c", "w.x.c"));
        hits.put("*.a", List.of("w.a"));
        hits.put("w.a.*", List.of("w.a.b"));
        try (Connection connection = connect()) {
            Map<String, Subscription> subscriptions = new LinkedHashMap<>();
            for (String pattern : hits.keySet()) {
                subscriptions.put(pattern, connection.subscribe(pattern));
            }
            for (String name : List.of("w.a", "w.a.b", "w.a.b.c", "w.x.c", "w")) {
                connection.publish(name, name.getBytes());
            }
            connection.flush(PATIENCE);
            for (String pattern : hits.keySet()) {
                List<String> seen = new ArrayList<>();
                for (Message message; (message = subscriptions.get(pattern).nextMessage(Duration.ofMillis(50))) != null; ) {
                    seen.add(message.getSubject());
                }
                expect(seen.equals(hits.get(pattern)), pattern + " saw " + seen);
            }
        }
    }

    private static void queueGroups() throws Exception {
        List<Connection> members = new ArrayList<>();
        List<AtomicInteger> counts = new ArrayList<>();
        AtomicInteger sum = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            Connection member = connect();
            AtomicInteger count = new AtomicInteger();
            Dispatcher dispatcher = member.createDispatcher();
            dispatcher.subscribe("queue.*", "workers", message -> {
                count.incrementAndGet();
                sum.incrementAndGet();
            });
            dispatcher.subscribe("queue.>", "others", message -> others.incrementAndGet());
            member.flush(PATIENCE);
            members.add(member);
            counts.add(count);
        }
        try (Connection publisher = connect()) {
            for (int i = 0; i < 4000; i++) {
                publisher.publish("queue." + i, NOTHING);
                if (i % 50 == 0) {
                    publisher.flush(PATIENCE);
                }
            }
            publisher.flush(PATIENCE);
        }
        until(() -> sum.get() >= 4000 && others.get() >= 4000, "all messages");
        expect(sum.get() == 4000 && others.get() == 4000, "sums: " + sum + " " + others);
        expect(counts.stream().allMatch(count -> count.get() > 800 && count.get() < 1200), "counts: " + counts);
        for (Connection member : members) {
            member.close();
        }
    }

    private static void headers() throws Exception {
        try (Connection a = connect(); Connection b = connect()) {
            Subscription subscription = b.subscribe("headers");
            b.flush(PATIENCE);
            Headers headers = new Headers().add("Colour", "red", "green").add("Number", "1");
            for (String body : List.of("body", "")) {
                a.publish("headers", headers, body.getBytes());
                Message message = next(subscription);
                expect(text(message).equals(body), "body: " + text(message));
                expect(List.of("red", "green").equals(message.getHeaders().get("Colour")), "headers: " + message.getHeaders());
                expect("1".equals(message.getHeaders().getFirst("Number")), "headers: " + message.getHeaders());
            }
        }
    }

    private static void request() throws Exception {
        try (Connection a = connect(); Connection b = connect()) {
            a.createDispatcher(message -> a.publish(message.getReplyTo(), ("re: " + text(message)).getBytes())).subscribe("ask", "workers");
            a.flush(PATIENCE);
            List<CompletableFuture<Message>> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                answers.add((i % 2 == 0 ? a : b).request("ask", String.valueOf(i).getBytes()));
            }
            for (int i = 0; i < 100; i++) {
                Message answer = answers.get(i).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                expect(text(answer).equals("re: " + i), "answer: " + text(answer));
            }
        }
    }

    private static void expect503(CompletableFuture<Message> answer) throws Exception {
        try {
            answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            expect(false, "an answer without a responder");
        } catch (ExecutionException error) {
            expect(String.valueOf(error.getCause()).contains("503"), "seen: " + error.getCause());
        }
    }

    private static void noResponders() throws Exception {
        Options options = options().reportNoResponders().build();
        try (Connection connection = Nats.connect(options)) {
            expect503(connection.request("nobody", NOTHING));
            connection.subscribe("silent");
            expect(connection.request("silent", NOTHING, Duration.ofMillis(100)) == null, "an answer");
        }
    }

    private static void flushRtt() throws Exception {
        try (Connection connection = connect()) {
            for (int i = 0; i < 10; i++) {
                connection.flush(PATIENCE);
                expect(connection.RTT().toNanos() > 0, "no time at all");
            }
        }
    }

    private static void drain() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Listener listener = new Listener();
        try (Connection publisher = connect()) {
            Connection connection = Nats.connect(options(listener).build());
            connection.createDispatcher(message -> count.incrementAndGet()).subscribe("drain");
            connection.flush(PATIENCE);
            for (int i = 0; i < 1000; i++) {
                publisher.publish("drain", NOTHING);
            }
            publisher.flush(PATIENCE);
            expect(connection.drain(PATIENCE).get(PATIENCE.toSeconds(), TimeUnit.SECONDS), "not drained");
            listener.see(Events.CLOSED);
            expect(count.get() == 1000, "seen: " + count);
        }
    }

    private static void maxPayload() throws Exception {
        try (Connection connection = connect()) {
            int limit = (int) connection.getMaxPayload();
            expect(limit == 1024 * 1024, "limit: " + limit);
            Subscription subscription = connection.subscribe("large");
            connection.publish("large", new byte[limit]);
            expect(next(subscription).getData().length == limit, "cut");
            boolean published = true;
            try {
                connection.publish("large", new byte[limit + 1]);
            } catch (IllegalArgumentException error) {
                published = false;
            }
            expect(!published, "published");
            works(connection);
        }
    }

    private static void maxPayloadServer() throws Exception {
        Listener listener = new Listener();
        Connection connection = Nats.connect(options(listener).clientSideLimitChecks(false).build());
        connection.publish("large", new byte[1024 * 1024 + 1]);
        listener.report("maximum payload violation");
        listener.see(Events.CLOSED);
    }

    private static void permissions() throws Exception {
        Listener listener = new Listener();
        Options options = options(listener).userInfo(env("USER"), env("PASSWORD")).build();
        try (Connection connection = Nats.connect(options)) {
            Subscription allowed = connection.subscribe("open.>");
            connection.publish("closed.subject", NOTHING);
            listener.report("permissions violation for publish to \"closed.subject\"");
            connection.subscribe("open.secret");
            listener.report("permissions violation for subscription to \"open.secret\"");
            connection.publish("open.secret", NOTHING);
            connection.publish("open.subject", NOTHING);
            expect(next(allowed).getSubject().equals("open.subject"), "another message");
        }
    }

    private static void allowResponses() throws Exception {
        Listener listener = new Listener();
        Options bob = options(listener).userInfo("bob", env("PASSWORD")).build();
        Options ann = options().userInfo("ann", env("PASSWORD")).build();
        try (Connection responder = Nats.connect(bob); Connection requester = Nats.connect(ann)) {
            responder.createDispatcher(message -> {
                responder.publish(message.getReplyTo(), "yes".getBytes());
                responder.publish(message.getReplyTo(), "one too many".getBytes());
            }).subscribe("open.service");
            responder.flush(PATIENCE);
            Message answer = requester.request("open.service", NOTHING, PATIENCE);
            expect(answer != null && text(answer).equals("yes"), "answer: " + answer);
            listener.report("permissions violation for publish");
        }
    }

    private static void accounts() throws Exception {
        Options first = options().userInfo("ann", env("PASSWORD")).build();
        Options second = options().reportNoResponders().userInfo("bea", env("PASSWORD")).build();
        try (Connection ann = Nats.connect(first); Connection bea = Nats.connect(second)) {
            Subscription all = bea.subscribe(">");
            ann.createDispatcher(message -> ann.publish(message.getReplyTo(), message.getHeaders(), ("re: " + text(message)).getBytes()))
                .subscribe("calc");
            ann.flush(PATIENCE);
            bea.flush(PATIENCE);
            ann.publish("private", NOTHING);
            ann.publish("news.today", "sunny".getBytes());
            Message message = next(all);
            expect(message.getSubject().equals("from.news.today") && text(message).equals("sunny"), "seen: " + message);
            all.unsubscribe();
            Message answer = bea.request("calc.a", new Headers().add("Sign", "plus"), "1 1".getBytes(), PATIENCE);
            expect(answer != null && text(answer).equals("re: 1 1"), "answer: " + answer);
            expect("plus".equals(answer.getHeaders().getFirst("Sign")), "headers: " + answer.getHeaders());
            expect503(bea.request("calc", NOTHING));
        }
    }

    private static List<Certificate> certificates(String name) throws Exception {
        try (InputStream stream = Files.newInputStream(Path.of(env(name)))) {
            return new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(stream));
        }
    }

    private static KeyManager[] keyManagers(String prefix) throws Exception {
        String pem = Files.readString(Path.of(env(prefix + "KEY")));
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("client", key, new char[0], certificates(prefix + "CERT").toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    /** The prefix is that of the client certificate's variables; null: none. */
    private static Options.Builder tlsOptions(String scenario, String ca, String prefix) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", certificates(ca).get(0));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(prefix == null ? null : keyManagers(prefix), trust.getTrustManagers(), null);
        Options.Builder builder = options().sslContext(context);
        return scenario.equals("tls-first") ? builder.tlsFirst() : builder;
    }

    private static void tls(String scenario) throws Exception {
        boolean map = scenario.equals("tls-map");
        String prefix = map || scenario.equals("tls-mutual") ? "" : null;
        try (Connection connection = Nats.connect(tlsOptions(scenario, "CA", prefix).build())) {
            works(connection);
        }
        List<Options.Builder> wrong = new ArrayList<>(List.of(tlsOptions(scenario, "WRONG_CA", prefix)));
        if (prefix != null) {
            wrong.add(tlsOptions(scenario, "CA", null));
        }
        if (map) {
            wrong.add(tlsOptions(scenario, "CA", "OTHER_"));
        }
        for (Options.Builder builder : wrong) {
            boolean isIn = true;
            try {
                Nats.connect(builder.build()).close();
            } catch (java.io.IOException error) {
                isIn = false;
            }
            expect(!isIn, "let in, case " + wrong.indexOf(builder));
        }
    }

    private static void slowConsumerClient() throws Exception {
        Listener listener = new Listener();
        try (Connection connection = Nats.connect(options(listener).build())) {
            CountDownLatch hold = new CountDownLatch(1);
            Dispatcher dispatcher = connection.createDispatcher(message -> hold.await());
            dispatcher.setPendingLimits(10, -1);
            dispatcher.subscribe("slow");
            for (int i = 0; i < 100; i++) {
                connection.publish("slow", NOTHING);
            }
            connection.flush(PATIENCE);
            listener.report("slow consumer");
            hold.countDown();
            works(connection);
        }
    }

    /** Subscribes, asks for something that ends the connection, and looks whether it comes back. */
    private static void interrupted(String wish, String subject) throws Exception {
        Listener listener = new Listener();
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        Options options = options(listener).maxReconnects(-1).reconnectWait(Duration.ofMillis(50)).build();
        try (Connection connection = Nats.connect(options)) {
            connection.createDispatcher(message -> {
                if (message.getData().length < 100) {
                    heard.add(text(message));
                }
            }).subscribe(subject);
            connection.publish(subject, "before".getBytes());
            expect("before".equals(heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)), "another message");
            System.out.println("ask " + wish);
            listener.see(Events.DISCONNECTED);
            listener.see(Events.RESUBSCRIBED);
            connection.publish(subject, "after".getBytes());
            expect("after".equals(heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)), "another message");
        }
    }

    private static void reload() throws Exception {
        Listener listener = new Listener();
        Options bea = options(listener).userInfo("bea", env("PASSWORD")).build();
        try (Connection first = Nats.connect(options().userInfo("ann", env("PASSWORD")).build())) {
            works(first);
            works(Nats.connect(bea));
            System.out.println("ask reload");
            listener.report("authorization violation");
            listener.see(Events.CLOSED);
            works(first);
        }
    }

    private static void lameDuck() throws Exception {
        Listener listener = new Listener();
        try (Connection connection = Nats.connect(options(listener).build())) {
            connection.flush(PATIENCE);
            System.out.println("ask lame-duck");
            listener.see(Events.LAME_DUCK);
            works(connection);
        }
    }

    private static AuthHandler nkey(String name) throws Exception {
        NKey key = NKey.fromSeed(Files.readString(Path.of(env(name))).trim().toCharArray());
        return new AuthHandler() {
            @Override
            public byte[] sign(byte[] nonce) {
                try {
                    return key.sign(nonce);
                } catch (Exception error) {
                    throw new IllegalStateException(error);
                }
            }

            @Override
            public char[] getID() {
                try {
                    return key.getPublicKey();
                } catch (Exception error) {
                    throw new IllegalStateException(error);
                }
            }

            @Override
            public char[] getJWT() {
                return null;
            }
        };
    }

    private static Map<String, Scenario> scenarios() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("publish-subscribe", Interop::publishSubscribe);
        all.put("wildcards", Interop::wildcards);
        all.put("queue-groups", Interop::queueGroups);
        all.put("headers", Interop::headers);
        all.put("request", Interop::request);
        all.put("no-responders", Interop::noResponders);
        all.put("flush-rtt", Interop::flushRtt);
        all.put("drain", Interop::drain);
        all.put("max-payload", Interop::maxPayload);
        all.put("max-payload-server", Interop::maxPayloadServer);
        all.put("auth-token", () -> lets(options().token(env("TOKEN").toCharArray()), options().token("wrong".toCharArray())));
        for (String name : List.of("auth-user", "auth-bcrypt")) {
            all.put(name, () -> lets(options().userInfo(env("USER"), env("PASSWORD")),
                options().userInfo(env("USER"), "wrong"), options().userInfo("eve", env("PASSWORD"))));
        }
        all.put("auth-nkey", () -> lets(options().authHandler(nkey("SEED")), options().authHandler(nkey("WRONG_SEED"))));
        all.put("auth-creds", () -> lets(options().authHandler(Nats.credentials(env("CREDS"))),
            options().authHandler(Nats.credentials(env("WRONG_CREDS")))));
        all.put("permissions", Interop::permissions);
        all.put("allow-responses", Interop::allowResponses);
        all.put("accounts", Interop::accounts);
        for (String name : List.of("tls", "tls-mutual", "tls-map", "tls-first")) {
            all.put(name, () -> tls(name));
        }
        all.put("slow-consumer-client", Interop::slowConsumerClient);
        all.put("slow-consumer-server", () -> interrupted("stall", "stall"));
        all.put("reconnect", () -> interrupted("restart", "again"));
        all.put("reload", Interop::reload);
        all.put("lame-duck", Interop::lameDuck);
        return all;
    }

    public static void main(String[] words) {
        String name = words[0];
        Scenario scenario = scenarios().get(name);
        int code = 0;
        try {
            if (name.equals("--version")) {
                System.out.println(Nats.CLIENT_VERSION);
            } else if (scenario == null) {
                System.out.println("skip " + name + ": this client has no way to do it");
            } else {
                scenario.run();
                System.out.println("ok " + name);
            }
        } catch (Throwable error) {
            System.out.println("not ok " + name + ": " + error);
            error.printStackTrace();
            code = 1;
        }
        System.exit(code);
    }
}
