// Scenarios for nats.go; see ../README.md for what each one is and what a program prints.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const patience = 20 * time.Second

var url = os.Getenv("INTEROP_URL")

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func expect(condition bool, format string, args ...any) {
	if !condition {
		panic(fmt.Errorf(format, args...))
	}
}

func receive[T any](channel <-chan T, what string) T {
	select {
	case value := <-channel:
		return value
	case <-time.After(patience):
		panic(fmt.Errorf("waited for %s", what))
	}
}

func connect(options ...nats.Option) *nats.Conn {
	return must(nats.Connect(url, append([]nats.Option{nats.Timeout(10 * time.Second)}, options...)...))
}

// works publishes to itself.
func works(nc *nats.Conn) {
	subscription := must(nc.SubscribeSync("works"))
	check(nc.Publish("works", []byte("yes")))
	message := must(subscription.NextMsg(patience))
	expect(string(message.Data) == "yes", "seen: %q", message.Data)
	check(subscription.Unsubscribe())
}

func refused(options ...nats.Option) {
	nc, err := nats.Connect(url, append([]nats.Option{nats.Timeout(10 * time.Second)}, options...)...)
	if err == nil {
		nc.Close()
		panic(errors.New("let in with the wrong credentials"))
	}
	expect(strings.Contains(strings.ToLower(err.Error()), "authorization violation"), "refused with: %v", err)
}

func lets(right nats.Option, wrong ...nats.Option) {
	nc := connect(right)
	defer nc.Close()
	works(nc)
	refused()
	for _, option := range wrong {
		refused(option)
	}
}

func publishSubscribe() {
	a, b := connect(), connect()
	defer a.Close()
	defer b.Close()
	heard := make(chan *nats.Msg, 1000)
	must(b.ChanSubscribe("ps.>", heard))
	check(b.Flush())
	for i := 0; i < 1000; i++ {
		check(a.PublishRequest(fmt.Sprintf("ps.%d", i%7), "answer.here", []byte(strconv.Itoa(i))))
	}
	for i := 0; i < 1000; i++ {
		message := receive(heard, "messages")
		expect(message.Subject == fmt.Sprintf("ps.%d", i%7) && string(message.Data) == strconv.Itoa(i), "number %d: %s %q", i, message.Subject, message.Data)
		expect(message.Reply == "answer.here", "reply: %q", message.Reply)
	}
	check(a.Publish("ps.empty", nil))
	expect(len(receive(heard, "an empty one").Data) == 0, "not empty")
}

func wildcards() {
	nc := connect()
	defer nc.Close()
	names := []string{"w.a", "w.a.b", "w.a.b.c", "w.x.c", "w"}
	hits := map[string]string{"w.a": "w.a", "w.*": "w.a", "w.*.c": "w.x.c", "w.>": "w.a w.a.b w.a.b.c w.x.c", "*.a": "w.a", "w.a.*": "w.a.b"}
	subscriptions := map[string]*nats.Subscription{}
	for pattern := range hits {
		subscriptions[pattern] = must(nc.SubscribeSync(pattern))
	}
	for _, name := range names {
		check(nc.Publish(name, []byte(name)))
	}
	check(nc.Flush())
	for pattern, wanted := range hits {
		var seen []string
		for {
			pending, _, _ := subscriptions[pattern].Pending()
			if pending == 0 {
				break
			}
			seen = append(seen, must(subscriptions[pattern].NextMsg(patience)).Subject)
		}
		expect(strings.Join(seen, " ") == wanted, "%s saw %v", pattern, seen)
	}
}

func queueGroups() {
	publisher := connect()
	defer publisher.Close()
	var counts [4]atomic.Int64
	var others atomic.Int64
	for i := range counts {
		member := connect()
		defer member.Close()
		count := &counts[i]
		must(member.QueueSubscribe("queue.*", "workers", func(*nats.Msg) { count.Add(1) }))
		must(member.QueueSubscribe("queue.>", "others", func(*nats.Msg) { others.Add(1) }))
		check(member.Flush())
	}
	for i := 0; i < 4000; i++ {
		check(publisher.Publish("queue."+strconv.Itoa(i), nil))
		if i%50 == 0 {
			check(publisher.Flush())
		}
	}
	check(publisher.Flush())
	sum := func() (all int64) {
		for i := range counts {
			all += counts[i].Load()
		}
		return
	}
	for end := time.Now().Add(patience); time.Now().Before(end) && (sum() < 4000 || others.Load() < 4000); {
		time.Sleep(10 * time.Millisecond)
	}
	expect(sum() == 4000 && others.Load() == 4000, "sums: %d %d", sum(), others.Load())
	for i := range counts {
		expect(counts[i].Load() > 800 && counts[i].Load() < 1200, "member %d had %d", i, counts[i].Load())
	}
}

func headers() {
	a, b := connect(), connect()
	defer a.Close()
	defer b.Close()
	subscription := must(b.SubscribeSync("headers"))
	check(b.Flush())
	message := nats.NewMsg("headers")
	message.Header.Add("Colour", "red")
	message.Header.Add("Colour", "grün")
	message.Header.Add("Empty", "")
	message.Data = []byte("body")
	check(a.PublishMsg(message))
	message.Data = nil
	check(a.PublishMsg(message))
	for _, body := range []string{"body", ""} {
		seen := must(subscription.NextMsg(patience))
		expect(string(seen.Data) == body, "body: %q", seen.Data)
		expect(strings.Join(seen.Header.Values("Colour"), " ") == "red grün", "headers: %v", seen.Header)
		expect(len(seen.Header.Values("Empty")) == 1 && seen.Header.Get("Empty") == "", "headers: %v", seen.Header)
	}
}

func request() {
	a, b := connect(), connect(nats.UseOldRequestStyle())
	defer a.Close()
	defer b.Close()
	must(a.QueueSubscribe("ask", "workers", func(message *nats.Msg) {
		check(message.Respond([]byte("re: " + string(message.Data))))
	}))
	check(a.Flush())
	var all sync.WaitGroup
	for i := 0; i < 100; i++ {
		all.Add(1)
		nc := []*nats.Conn{a, b}[i%2]
		go func() {
			defer all.Done()
			text := strconv.Itoa(i)
			answer := must(nc.Request("ask", []byte(text), patience))
			expect(string(answer.Data) == "re: "+text, "answer: %q", answer.Data)
		}()
	}
	all.Wait()
}

func noResponders() {
	nc := connect()
	defer nc.Close()
	_, err := nc.Request("nobody", nil, patience)
	expect(errors.Is(err, nats.ErrNoResponders), "seen: %v", err)
	must(nc.Subscribe("silent", func(*nats.Msg) {}))
	_, err = nc.Request("silent", nil, 100*time.Millisecond)
	expect(errors.Is(err, nats.ErrTimeout), "seen: %v", err)
}

func flushRtt() {
	nc := connect()
	defer nc.Close()
	for i := 0; i < 10; i++ {
		check(nc.FlushTimeout(patience))
		expect(must(nc.RTT()) > 0, "no time at all")
	}
}

func drain() {
	closed := make(chan struct{})
	publisher := connect()
	defer publisher.Close()
	nc := connect(nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	var count atomic.Int64
	must(nc.Subscribe("drain", func(*nats.Msg) {
		time.Sleep(100 * time.Microsecond)
		count.Add(1)
	}))
	check(nc.Flush())
	for i := 0; i < 1000; i++ {
		check(publisher.Publish("drain", nil))
	}
	check(publisher.Flush())
	check(nc.Drain())
	receive(closed, "the end of the connection")
	expect(count.Load() == 1000, "seen: %d", count.Load())
	expect(nc.LastError() == nil, "last error: %v", nc.LastError())
}

func maxPayload() {
	nc := connect()
	defer nc.Close()
	limit := nc.MaxPayload()
	expect(limit == 1024*1024, "limit: %d", limit)
	subscription := must(nc.SubscribeSync("large"))
	check(nc.Publish("large", make([]byte, limit)))
	expect(len(must(subscription.NextMsg(patience)).Data) == int(limit), "cut")
	err := nc.Publish("large", make([]byte, limit+1))
	expect(errors.Is(err, nats.ErrMaxPayload), "seen: %v", err)
	check(nc.Flush())
}

func permissions() {
	reports := make(chan error, 10)
	nc := connect(nats.UserInfo(os.Getenv("INTEROP_USER"), os.Getenv("INTEROP_PASSWORD")),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { reports <- err }))
	defer nc.Close()
	allowed := must(nc.SubscribeSync("open.>"))
	check(nc.Publish("closed.subject", nil))
	err := receive(reports, "the violation of a publish")
	expect(strings.Contains(strings.ToLower(err.Error()), `permissions violation for publish to "closed.subject"`), "seen: %v", err)
	must(nc.Subscribe("open.secret", func(*nats.Msg) {}))
	err = receive(reports, "the violation of a subscription")
	expect(strings.Contains(strings.ToLower(err.Error()), `permissions violation for subscription to "open.secret"`), "seen: %v", err)
	check(nc.Publish("open.secret", nil))
	check(nc.Publish("open.subject", nil))
	message := must(allowed.NextMsg(patience))
	expect(message.Subject == "open.subject", "seen: %s", message.Subject)
}

func allowResponses() {
	password := os.Getenv("INTEROP_PASSWORD")
	reports := make(chan error, 10)
	responder := connect(nats.UserInfo("bob", password),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { reports <- err }))
	defer responder.Close()
	requester := connect(nats.UserInfo("ann", password))
	defer requester.Close()
	must(responder.Subscribe("open.service", func(message *nats.Msg) {
		check(message.Respond([]byte("yes")))
		check(message.Respond([]byte("one too many")))
	}))
	check(responder.Flush())
	answer := must(requester.Request("open.service", nil, patience))
	expect(string(answer.Data) == "yes", "answer: %q", answer.Data)
	err := receive(reports, "the violation of a second answer")
	expect(strings.Contains(strings.ToLower(err.Error()), "permissions violation for publish"), "seen: %v", err)
}

func accounts() {
	password := os.Getenv("INTEROP_PASSWORD")
	ann, bea := connect(nats.UserInfo("ann", password)), connect(nats.UserInfo("bea", password))
	defer ann.Close()
	defer bea.Close()
	all := must(bea.SubscribeSync(">"))
	must(ann.Subscribe("calc", func(message *nats.Msg) {
		answer := nats.NewMsg(message.Reply)
		answer.Header.Set("Sign", message.Header.Get("Sign"))
		answer.Data = append([]byte("re: "), message.Data...)
		check(ann.PublishMsg(answer))
	}))
	check(ann.Flush())
	check(bea.Flush())
	check(ann.Publish("private", nil))
	check(ann.Publish("news.today", []byte("sunny")))
	message := must(all.NextMsg(patience))
	expect(message.Subject == "from.news.today" && string(message.Data) == "sunny", "seen: %s", message.Subject)
	check(all.Unsubscribe())
	question := nats.NewMsg("calc.a")
	question.Header.Set("Sign", "plus")
	question.Data = []byte("1 1")
	answer := must(bea.RequestMsg(question, patience))
	expect(string(answer.Data) == "re: 1 1" && answer.Header.Get("Sign") == "plus", "answer: %q %v", answer.Data, answer.Header)
	_, err := bea.Request("calc", nil, patience)
	expect(errors.Is(err, nats.ErrNoResponders), "seen: %v", err)
}

func tlsConnect(options ...nats.Option) (*nats.Conn, error) {
	return nats.Connect(url, append([]nats.Option{nats.Timeout(10 * time.Second)}, options...)...)
}

// websocket sends messages of all sizes to itself, and answers itself.
func websocket(scheme string, options ...nats.Option) {
	url = scheme + "://127.0.0.1:" + os.Getenv("INTEROP_WEBSOCKET_PORT")
	nc := connect(options...)
	defer nc.Close()
	works(nc)
	heard := make(chan *nats.Msg, 1000)
	must(nc.ChanSubscribe("ws.sizes", heard))
	sizes := []int{0, 1, 125, 126, 4096, 65535, 65536, 262144}
	for i := 0; i < 200; i++ {
		check(nc.Publish("ws.sizes", bytes.Repeat([]byte{byte(i)}, sizes[i%len(sizes)])))
	}
	for i := 0; i < 200; i++ {
		data := receive(heard, "messages").Data
		expect(bytes.Equal(data, bytes.Repeat([]byte{byte(i)}, sizes[i%len(sizes)])), "number %d: %d bytes", i, len(data))
	}
	must(nc.Subscribe("ws.echo", func(message *nats.Msg) { check(message.Respond(message.Data)) }))
	reply := must(nc.Request("ws.echo", []byte("yes"), patience))
	expect(string(reply.Data) == "yes", "reply: %q", reply.Data)
}

func tlsScenario(name string) {
	right := []nats.Option{nats.RootCAs(os.Getenv("INTEROP_CA"))}
	certificate := nats.ClientCert(os.Getenv("INTEROP_CERT"), os.Getenv("INTEROP_KEY"))
	other := nats.ClientCert(os.Getenv("INTEROP_OTHER_CERT"), os.Getenv("INTEROP_OTHER_KEY"))
	wrong := [][]nats.Option{{nats.RootCAs(os.Getenv("INTEROP_WRONG_CA"))}}
	switch name {
	case "tls-first":
		right = append(right, nats.TLSHandshakeFirst())
		wrong[0] = append(wrong[0], nats.TLSHandshakeFirst())
	case "tls-mutual":
		wrong = append(wrong, right)
		right = append(right, certificate)
	case "tls-map":
		wrong = append(wrong, append(append([]nats.Option{}, right...), other))
		right = append(right, certificate)
	}
	nc := must(tlsConnect(right...))
	defer nc.Close()
	works(nc)
	state := must(nc.TLSConnectionState())
	expect(state.HandshakeComplete, "no TLS")
	for i, options := range wrong {
		if bad, err := tlsConnect(options...); err == nil {
			bad.Close()
			panic(fmt.Errorf("let in, case %d", i))
		}
	}
}

func slowConsumerClient() {
	reports := make(chan error, 1000)
	nc := connect(nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { reports <- err }))
	defer nc.Close()
	hold := make(chan struct{})
	subscription := must(nc.Subscribe("slow", func(*nats.Msg) { <-hold }))
	check(subscription.SetPendingLimits(10, -1))
	for i := 0; i < 100; i++ {
		check(nc.Publish("slow", nil))
	}
	check(nc.Flush())
	expect(errors.Is(receive(reports, "slow consumer"), nats.ErrSlowConsumer), "another error")
	close(hold)
	works(nc)
}

// interrupted subscribes, asks for something that ends the connection, and looks whether it comes back.
func interrupted(wish, subject string) {
	lost, back := make(chan error, 10), make(chan struct{}, 10)
	nc := connect(nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { lost <- err }),
		nats.ReconnectHandler(func(*nats.Conn) { back <- struct{}{} }))
	defer nc.Close()
	heard := make(chan string, 100000)
	must(nc.Subscribe(subject, func(message *nats.Msg) {
		if len(message.Data) < 100 {
			heard <- string(message.Data)
		}
	}))
	check(nc.Publish(subject, []byte("before")))
	expect(receive(heard, "the first message") == "before", "another message")
	fmt.Println("ask " + wish)
	receive(lost, "the end of the connection")
	receive(back, "the new connection")
	check(nc.Publish(subject, []byte("after")))
	expect(receive(heard, "a message after all") == "after", "another message")
}

func reload() {
	password := os.Getenv("INTEROP_PASSWORD")
	lost := make(chan struct{})
	ann := connect(nats.UserInfo("ann", password), nats.NoReconnect())
	defer ann.Close()
	reports := make(chan error, 10)
	bea := connect(nats.UserInfo("bea", password), nats.NoReconnect(),
		nats.ClosedHandler(func(*nats.Conn) { close(lost) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { reports <- err }))
	works(ann)
	works(bea)
	fmt.Println("ask reload")
	receive(lost, "the end of the connection")
	err := receive(reports, "the reason")
	expect(errors.Is(err, nats.ErrAuthorization), "seen: %v", err)
	works(ann)
}

func lameDuck() {
	told := make(chan struct{})
	nc := connect(nats.LameDuckModeHandler(func(*nats.Conn) { close(told) }))
	defer nc.Close()
	check(nc.Flush())
	fmt.Println("ask lame-duck")
	receive(told, "the notice")
	works(nc)
}

func run(name string) {
	user, password := os.Getenv("INTEROP_USER"), os.Getenv("INTEROP_PASSWORD")
	switch name {
	case "publish-subscribe":
		publishSubscribe()
	case "wildcards":
		wildcards()
	case "queue-groups":
		queueGroups()
	case "headers":
		headers()
	case "request":
		request()
	case "no-responders":
		noResponders()
	case "flush-rtt":
		flushRtt()
	case "drain":
		drain()
	case "max-payload":
		maxPayload()
	case "auth-token":
		lets(nats.Token(os.Getenv("INTEROP_TOKEN")), nats.Token("wrong"))
	case "auth-user", "auth-bcrypt":
		lets(nats.UserInfo(user, password), nats.UserInfo(user, "wrong"), nats.UserInfo("eve", password), nats.Token(password))
	case "auth-nkey":
		lets(must(nats.NkeyOptionFromSeed(os.Getenv("INTEROP_SEED"))), must(nats.NkeyOptionFromSeed(os.Getenv("INTEROP_WRONG_SEED"))))
	case "auth-creds":
		lets(nats.UserCredentials(os.Getenv("INTEROP_CREDS")), nats.UserCredentials(os.Getenv("INTEROP_WRONG_CREDS")))
	case "jetstream-pull":
		jetstreamPull()
	case "jetstream-push":
		jetstreamPush()
	case "key-value":
		keyValue()
	case "object-store":
		objectStore()
	case "permissions":
		permissions()
	case "allow-responses":
		allowResponses()
	case "accounts":
		accounts()
	case "tls", "tls-mutual", "tls-map", "tls-first":
		tlsScenario(name)
	case "websocket":
		websocket("ws")
		websocket("ws", nats.Compression(true))
	case "websocket-tls":
		websocket("wss", nats.RootCAs(os.Getenv("INTEROP_CA")))
		url = "wss://127.0.0.1:" + os.Getenv("INTEROP_WEBSOCKET_PORT")
		if bad, err := tlsConnect(nats.RootCAs(os.Getenv("INTEROP_WRONG_CA"))); err == nil {
			bad.Close()
			panic(errors.New("let in by a server of another authority"))
		}
	case "slow-consumer-client":
		slowConsumerClient()
	case "slow-consumer-server":
		interrupted("stall", "stall")
	case "reconnect":
		interrupted("restart", "again")
	case "reload":
		reload()
	case "lame-duck":
		lameDuck()
	default:
		fmt.Printf("skip %s: this client has no way to do it\n", name)
		os.Exit(0)
	}
}

func main() {
	name := os.Args[1]
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Printf("not ok %s: %v\n", name, problem)
			os.Exit(1)
		}
	}()
	run(name)
	fmt.Println("ok " + name)
}
