package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

func withJetStream(use func(ctx context.Context, js jetstream.JetStream)) {
	nc := connect()
	defer nc.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	use(ctx, must(jetstream.New(nc)))
}

// publishAll publishes jobs.0 to jobs.<count - 1> and waits for each to be stored.
func publishAll(ctx context.Context, js jetstream.JetStream, count int) {
	for i := 0; i < count; i++ {
		ack := must(js.Publish(ctx, fmt.Sprintf("jobs.%d", i), []byte(fmt.Sprint(i))))
		expect(ack.Sequence == uint64(i+1), "sequence %d of message %d", ack.Sequence, i)
	}
}

func jetstreamPull() {
	withJetStream(func(ctx context.Context, js jetstream.JetStream) {
		config := jetstream.StreamConfig{Name: "JOBS", Subjects: []string{"jobs.*"}, Retention: jetstream.WorkQueuePolicy}
		stream := must(js.CreateStream(ctx, config))
		publishAll(ctx, js, 100)
		for _, isDuplicate := range []bool{false, true} {
			ack := must(js.Publish(ctx, "jobs.once", nil, jetstream.WithMsgID("once")))
			expect(ack.Sequence == 101 && ack.Duplicate == isDuplicate, "stored as %+v", ack)
		}
		consumer := must(stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: "worker"}))
		first := must(consumer.Next())
		check(first.Nak())
		seen := 0
		for seen < 101 {
			batch := must(consumer.Fetch(min(40, 101-seen)))
			for message := range batch.Messages() {
				data := must(message.Metadata())
				again := data.Sequence.Stream == 1
				expect(data.NumDelivered == 1 || again, "delivery %d of %d", data.NumDelivered, data.Sequence.Stream)
				check(message.DoubleAck(ctx))
				seen++
			}
			check(batch.Error())
		}
		info := must(stream.Info(ctx))
		expect(info.State.Msgs == 0 && info.State.LastSeq == 101, "left: %+v", info.State)
		_, err := js.Stream(ctx, "NONE")
		expect(errors.Is(err, jetstream.ErrStreamNotFound), "no stream: %v", err)
	})
}

func jetstreamPush() {
	withJetStream(func(ctx context.Context, js jetstream.JetStream) {
		stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "JOBS", Subjects: []string{"jobs.*"}}))
		publishAll(ctx, js, 500)
		ordered := must(stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{}))
		iterator := must(ordered.Messages())
		for i := 0; i < 500; i++ {
			message := must(iterator.Next())
			expect(string(message.Data()) == fmt.Sprint(i), "number %d: %s", i, message.Data())
		}
		iterator.Stop()
		config := jetstream.ConsumerConfig{DeliverSubject: "push", AckPolicy: jetstream.AckExplicitPolicy}
		push := must(stream.CreatePushConsumer(ctx, config))
		done := make(chan bool)
		seen := 0
		consuming := must(push.Consume(func(message jetstream.Msg) {
			check(message.Ack())
			if seen++; seen == 500 {
				close(done)
			}
		}))
		receive(done, "500 messages")
		consuming.Stop()
	})
}

func keyValue() {
	withJetStream(func(ctx context.Context, js jetstream.JetStream) {
		bucket := must(js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "prices", History: 5}))
		watcher := must(bucket.WatchAll(ctx))
		expect(receive(watcher.Updates(), "the end of what there is") == nil, "something is in a new bucket")
		revision := must(bucket.Create(ctx, "tea", []byte("2.20")))
		_, err := bucket.Create(ctx, "tea", nil)
		expect(errors.Is(err, jetstream.ErrKeyExists), "made twice: %v", err)
		revision = must(bucket.Update(ctx, "tea", []byte("2.40"), revision))
		_, err = bucket.Update(ctx, "tea", nil, revision-1)
		expect(err != nil, "updated from an old revision")
		expect(string(must(bucket.Get(ctx, "tea")).Value()) == "2.40", "another value")
		check(bucket.Delete(ctx, "tea"))
		_, err = bucket.Get(ctx, "tea")
		expect(errors.Is(err, jetstream.ErrKeyNotFound), "still there: %v", err)
		expect(len(must(bucket.History(ctx, "tea"))) == 3, "history of another length")
		for _, value := range []string{"2.20", "2.40", ""} {
			entry := receive(watcher.Updates(), "a change")
			expect(string(entry.Value()) == value, "change to %q, not %q", entry.Value(), value)
		}
	})
}

func objectStore() {
	withJetStream(func(ctx context.Context, js jetstream.JetStream) {
		store := must(js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "files"}))
		large := make([]byte, 1<<20)
		for i := range large {
			large[i] = byte(i * 31)
		}
		info := must(store.PutBytes(ctx, "large", large))
		expect(info.Chunks == 8 && info.Size == 1<<20, "stored as %+v", info)
		expect(string(must(store.GetBytes(ctx, "large"))) == string(large), "other bytes")
		check(store.Delete(ctx, "large"))
		_, err := store.Get(ctx, "large")
		expect(errors.Is(err, jetstream.ErrObjectNotFound), "still there: %v", err)
	})
}
