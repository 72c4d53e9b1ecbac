//! Scenarios for async-nats; see ../../README.md for what each one is and what a program prints.

use async_nats::{Client, ConnectOptions, Event, HeaderMap, ServerError};
use bytes::Bytes;
use futures::StreamExt;
use std::env;
use std::error::Error;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver};
use tokio::time::{sleep, timeout};

type Done = Result<(), Box<dyn Error + Send + Sync>>;

const PATIENCE: Duration = Duration::from_secs(20);

macro_rules! expect {
    ($condition:expr, $($words:tt)*) => {
        if !$condition {
            return Err(format!($($words)*).into());
        }
    };
}

fn var(name: &str) -> String {
    env::var(format!("INTEROP_{name}")).unwrap_or_default()
}

async fn soon<T>(future: impl Future<Output = T>) -> Result<T, Box<dyn Error + Send + Sync>> {
    Ok(timeout(PATIENCE, future).await.map_err(|_| "waited in vain")?)
}

fn options() -> ConnectOptions {
    ConnectOptions::new().connection_timeout(Duration::from_secs(10)).max_reconnects(1)
}

async fn connect() -> Result<Client, Box<dyn Error + Send + Sync>> {
    Ok(options().connect(var("URL")).await?)
}

/// Connects with a receiver of all that happens to the connection.
async fn watched(options: ConnectOptions) -> Result<(Client, UnboundedReceiver<Event>), Box<dyn Error + Send + Sync>> {
    let (sender, receiver) = unbounded_channel();
    let options = options.event_callback(move |event| {
        let _ = sender.send(event);
        async {}
    });
    Ok((options.connect(var("URL")).await?, receiver))
}

async fn see(events: &mut UnboundedReceiver<Event>, what: &str, is_it: impl Fn(&Event) -> bool) -> Done {
    let found = async {
        while let Some(event) = events.recv().await {
            if is_it(&event) {
                return true;
            }
        }
        false
    };
    match timeout(PATIENCE, found).await {
        Ok(true) => Ok(()),
        _ => Err(format!("never told: {what}").into()),
    }
}

/// Publishes to itself.
async fn works(client: &Client) -> Done {
    let mut subscriber = client.subscribe("works").await?;
    client.publish("works", "yes".into()).await?;
    let message = soon(subscriber.next()).await?.ok_or("ended")?;
    expect!(message.payload == "yes", "seen: {:?}", message.payload);
    Ok(())
}

async fn refused(options: ConnectOptions) -> Done {
    match options.connect(var("URL")).await {
        Ok(_) => Err("let in with the wrong credentials".into()),
        Err(error) => {
            let text = format!("{error} {error:?}").to_lowercase();
            expect!(text.contains("authorization violation"), "refused with {error:?}");
            Ok(())
        }
    }
}

async fn lets(right: ConnectOptions, wrong: Vec<ConnectOptions>) -> Done {
    works(&right.connect(var("URL")).await?).await?;
    refused(options()).await?;
    for options in wrong {
        refused(options).await?;
    }
    Ok(())
}

async fn publish_subscribe() -> Done {
    let (a, b) = (connect().await?, connect().await?);
    let mut subscriber = b.subscribe("ps.>").await?;
    b.flush().await?;
    for i in 0..1000 {
        a.publish_with_reply(format!("ps.{}", i % 7), "answer.here", i.to_string().into()).await?;
    }
    a.publish("ps.empty", Bytes::new()).await?;
    for i in 0..1000 {
        let message = soon(subscriber.next()).await?.ok_or("ended")?;
        expect!(message.subject.as_str() == format!("ps.{}", i % 7), "number {i}: {}", message.subject);
        expect!(message.payload == i.to_string(), "number {i}: {:?}", message.payload);
        expect!(message.reply.as_deref() == Some("answer.here"), "reply: {:?}", message.reply);
    }
    let empty = soon(subscriber.next()).await?.ok_or("ended")?;
    expect!(empty.payload.is_empty() && empty.reply.is_none(), "seen: {empty:?}");
    Ok(())
}

async fn wildcards() -> Done {
    let client = connect().await?;
    let hits = [
        ("w.a", "w.a"),
        ("w.*", "w.a"),
        ("w.*.c", "w.x.c"),
        ("w.>", "w.a w.a.b w.a.b.c w.x.c"),
        ("*.a", "w.a"),
        ("w.a.*", "w.a.b"),
    ];
    let mut subscribers = Vec::new();
    for (pattern, wanted) in hits {
        subscribers.push((client.subscribe(pattern).await?, pattern, wanted));
    }
    for name in ["w.a", "w.a.b", "w.a.b.c", "w.x.c", "w"] {
        client.publish(name, name.into()).await?;
    }
    // All others are there when what is published last is.
    works(&client).await?;
    for (mut subscriber, pattern, wanted) in subscribers {
        subscriber.unsubscribe().await?;
        let seen: Vec<String> = soon(subscriber.map(|message| message.subject.to_string()).collect()).await?;
        expect!(seen.join(" ") == wanted, "{pattern} saw {seen:?}");
    }
    Ok(())
}

async fn queue_groups() -> Done {
    let publisher = connect().await?;
    let (sender, mut receiver) = unbounded_channel();
    for i in 0..4 {
        let member = connect().await?;
        for (pattern, group, index) in [("queue.*", "workers", i), ("queue.>", "others", 4)] {
            let mut subscriber = member.queue_subscribe(pattern, group.to_string()).await?;
            let sender = sender.clone();
            tokio::spawn(async move {
                while subscriber.next().await.is_some() {
                    let _ = sender.send(index);
                }
            });
        }
        member.flush().await?;
        works(&member).await?;
        std::mem::forget(member);
    }
    for i in 0..4000 {
        publisher.publish(format!("queue.{i}"), Bytes::new()).await?;
        if i % 50 == 0 {
            publisher.flush().await?;
        }
    }
    publisher.flush().await?;
    let mut counts = [0; 5];
    for _ in 0..8000 {
        counts[soon(receiver.recv()).await?.ok_or("ended")?] += 1;
    }
    sleep(Duration::from_millis(100)).await;
    expect!(receiver.try_recv().is_err(), "too many");
    expect!(counts[4] == 4000, "counts: {counts:?}");
    expect!(counts[..4].iter().all(|count| (800..1200).contains(count)), "counts: {counts:?}");
    Ok(())
}

async fn headers() -> Done {
    let (a, b) = (connect().await?, connect().await?);
    let mut subscriber = b.subscribe("headers").await?;
    b.flush().await?;
    works(&b).await?;
    let mut headers = HeaderMap::new();
    headers.append("Colour", "red");
    headers.append("Colour", "grün");
    headers.append("Number", "1");
    for body in ["body", ""] {
        a.publish_with_headers("headers", headers.clone(), body.into()).await?;
        let message = soon(subscriber.next()).await?.ok_or("ended")?;
        expect!(message.payload == body, "body: {:?}", message.payload);
        let seen = message.headers.ok_or("no headers")?;
        let colours: Vec<&str> = seen.get_all("Colour").map(|value| value.as_str()).collect();
        expect!(colours == ["red", "grün"], "headers: {seen:?}");
        expect!(seen.get("Number").map(|value| value.as_str()) == Some("1"), "headers: {seen:?}");
    }
    Ok(())
}

async fn request() -> Done {
    let (a, b) = (connect().await?, connect().await?);
    let mut subscriber = a.queue_subscribe("ask", "workers".to_string()).await?;
    works(&a).await?;
    let responder = a.clone();
    tokio::spawn(async move {
        while let Some(message) = subscriber.next().await {
            let answer = format!("re: {}", String::from_utf8_lossy(&message.payload));
            let _ = responder.publish(message.reply.unwrap(), answer.into()).await;
        }
    });
    let asked = (0..100).map(|i| b.request("ask", i.to_string().into()));
    for (i, answer) in soon(futures::future::join_all(asked)).await?.into_iter().enumerate() {
        let answer = answer?;
        expect!(answer.payload == format!("re: {i}"), "answer: {:?}", answer.payload);
    }
    Ok(())
}

async fn no_responders() -> Done {
    let client = connect().await?;
    let error = client.request("nobody", Bytes::new()).await.err().ok_or("an answer without a responder")?;
    expect!(error.kind() == async_nats::RequestErrorKind::NoResponders, "seen: {error:?}");
    let _silent = client.subscribe("silent").await?;
    works(&client).await?;
    let request = async_nats::Request::new().timeout(Some(Duration::from_millis(100)));
    let error = client.send_request("silent", request).await.err().ok_or("an answer")?;
    expect!(error.kind() == async_nats::RequestErrorKind::TimedOut, "seen: {error:?}");
    Ok(())
}

async fn flush() -> Done {
    let client = connect().await?;
    for _ in 0..10 {
        soon(client.flush()).await??;
    }
    works(&client).await
}

async fn drain() -> Done {
    let publisher = connect().await?;
    let (client, mut events) = watched(options()).await?;
    let mut subscriber = client.subscribe("drain").await?;
    works(&client).await?;
    for _ in 0..1000 {
        publisher.publish("drain", Bytes::new()).await?;
    }
    works(&publisher).await?;
    client.drain().await?;
    let count = soon(async {
        let mut count = 0;
        while subscriber.next().await.is_some() {
            count += 1;
        }
        count
    });
    let count = count.await?;
    expect!(count == 1000, "seen: {count}");
    see(&mut events, "closed", |event| matches!(event, Event::Closed)).await
}

async fn max_payload() -> Done {
    let client = connect().await?;
    let limit = client.server_info().max_payload;
    expect!(limit == 1024 * 1024, "limit: {limit}");
    let mut subscriber = client.subscribe("large").await?;
    client.publish("large", vec![0; limit].into()).await?;
    let message = soon(subscriber.next()).await?.ok_or("ended")?;
    expect!(message.payload.len() == limit, "cut to {}", message.payload.len());
    let error = client.publish("large", vec![0; limit + 1].into()).await.err().ok_or("published")?;
    expect!(error.kind() == async_nats::client::PublishErrorKind::MaxPayloadExceeded, "seen: {error:?}");
    works(&client).await
}

fn is_violation(event: &Event, of: &str) -> bool {
    event.to_string().to_lowercase().contains(&format!("permissions violation for {of}"))
}

async fn permissions() -> Done {
    let login = options().user_and_password(var("USER"), var("PASSWORD"));
    let (client, mut events) = watched(login).await?;
    let mut allowed = client.subscribe("open.>").await?;
    client.publish("closed.subject", Bytes::new()).await?;
    let of = "publish to \"closed.subject\"";
    see(&mut events, of, |event| is_violation(event, of)).await?;
    let _secret = client.subscribe("open.secret").await?;
    let of = "subscription to \"open.secret\"";
    see(&mut events, of, |event| is_violation(event, of)).await?;
    client.publish("open.secret", Bytes::new()).await?;
    client.publish("open.subject", Bytes::new()).await?;
    let message = soon(allowed.next()).await?.ok_or("ended")?;
    expect!(message.subject.as_str() == "open.subject", "seen: {}", message.subject);
    Ok(())
}

async fn allow_responses() -> Done {
    let (responder, mut events) = watched(options().user_and_password("bob".into(), var("PASSWORD"))).await?;
    let requester = options().user_and_password("ann".into(), var("PASSWORD")).connect(var("URL")).await?;
    let mut subscriber = responder.subscribe("open.service").await?;
    soon(responder.flush()).await??;
    let answerer = responder.clone();
    tokio::spawn(async move {
        while let Some(message) = subscriber.next().await {
            for text in ["yes", "one too many"] {
                let _ = answerer.publish(message.reply.clone().unwrap(), text.into()).await;
            }
        }
    });
    // Its flush does not wait for the server, so the first requests may come too early.
    let answer = loop {
        match requester.request("open.service", Bytes::new()).await {
            Err(error) if error.kind() == async_nats::RequestErrorKind::NoResponders => sleep(Duration::from_millis(20)).await,
            other => break other?,
        }
    };
    expect!(answer.payload == "yes", "answer: {:?}", answer.payload);
    see(&mut events, "the second answer", |event| is_violation(event, "publish")).await
}

async fn accounts() -> Done {
    let login = |user: &str| options().user_and_password(user.into(), var("PASSWORD"));
    let (ann, bea) = (login("ann").connect(var("URL")).await?, login("bea").connect(var("URL")).await?);
    let mut all = bea.subscribe(">").await?;
    bea.publish("ready", Bytes::new()).await?;
    soon(all.next()).await?.ok_or("ended")?;
    let mut questions = ann.subscribe("calc").await?;
    works(&ann).await?;
    let answerer = ann.clone();
    tokio::spawn(async move {
        while let Some(message) = questions.next().await {
            let answer = format!("re: {}", String::from_utf8_lossy(&message.payload));
            let headers = message.headers.unwrap_or_default();
            let _ = answerer.publish_with_headers(message.reply.unwrap(), headers, answer.into()).await;
        }
    });
    ann.publish("private", Bytes::new()).await?;
    ann.publish("news.today", "sunny".into()).await?;
    let message = soon(all.next()).await?.ok_or("ended")?;
    expect!(message.subject.as_str() == "from.news.today" && message.payload == "sunny", "seen: {message:?}");
    all.unsubscribe().await?;
    let mut headers = HeaderMap::new();
    headers.append("Sign", "plus");
    let answer = bea.request_with_headers("calc.a", headers, "1 1".into()).await?;
    let sign = answer.headers.as_ref().and_then(|headers| headers.get("Sign")).map(|value| value.as_str());
    expect!(answer.payload == "re: 1 1" && sign == Some("plus"), "answer: {answer:?}");
    let error = bea.request("calc", Bytes::new()).await.err().ok_or("an answer from another account")?;
    expect!(error.kind() == async_nats::RequestErrorKind::NoResponders, "seen: {error:?}");
    Ok(())
}

fn tls_options(name: &str, ca: &str, certificate: Option<&str>) -> ConnectOptions {
    let mut options = options().require_tls(true).add_root_certificates(PathBuf::from(var(ca)));
    if let Some(prefix) = certificate {
        let file = |kind: &str| PathBuf::from(var(&format!("{prefix}{kind}")));
        options = options.add_client_certificate(file("CERT"), file("KEY"));
    }
    if name == "tls-first" {
        options.tls_first()
    } else {
        options
    }
}

async fn tls(name: &str) -> Done {
    let (right, wrong) = match name {
        "tls-mutual" => (Some(""), vec![("WRONG_CA", Some("")), ("CA", None)]),
        "tls-map" => (Some(""), vec![("CA", None), ("CA", Some("OTHER_"))]),
        _ => (None, vec![("WRONG_CA", None)]),
    };
    works(&tls_options(name, "CA", right).connect(var("URL")).await?).await?;
    for (ca, certificate) in wrong {
        let attempt = tls_options(name, ca, certificate).connect(var("URL")).await;
        expect!(attempt.is_err(), "let in: {ca} {certificate:?}");
    }
    Ok(())
}

async fn slow_consumer_client() -> Done {
    let (client, mut events) = watched(options().subscription_capacity(10)).await?;
    let _unread = client.subscribe("slow").await?;
    for _ in 0..100 {
        client.publish("slow", Bytes::new()).await?;
    }
    see(&mut events, "slow consumer", |event| matches!(event, Event::SlowConsumer(_))).await?;
    works(&client).await
}

/// Subscribes, asks for something that ends the connection, and looks whether it comes back.
async fn interrupted(wish: &str, subject: &'static str) -> Done {
    let (client, mut events) = watched(options().max_reconnects(None)).await?;
    let mut subscriber = client.subscribe(subject).await?;
    let (sender, mut heard) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(message) = subscriber.next().await {
            if message.payload.len() < 100 {
                let _ = sender.send(message.payload);
            }
        }
    });
    client.publish(subject, "before".into()).await?;
    expect!(soon(heard.recv()).await?.ok_or("ended")? == "before", "another message");
    println!("ask {wish}");
    see(&mut events, "disconnected", |event| matches!(event, Event::Disconnected)).await?;
    see(&mut events, "connected", |event| matches!(event, Event::Connected)).await?;
    client.publish(subject, "after".into()).await?;
    expect!(soon(heard.recv()).await?.ok_or("ended")? == "after", "another message");
    Ok(())
}

async fn reload() -> Done {
    let login = |user: &str| options().user_and_password(user.into(), var("PASSWORD"));
    let ann = login("ann").connect(var("URL")).await?;
    let (bea, mut events) = watched(login("bea")).await?;
    works(&ann).await?;
    works(&bea).await?;
    println!("ask reload");
    let is_told = |event: &Event| matches!(event, Event::ServerError(ServerError::AuthorizationViolation));
    see(&mut events, "authorization violation", is_told).await?;
    see(&mut events, "disconnected", |event| matches!(event, Event::Disconnected)).await?;
    works(&ann).await
}

async fn lame_duck() -> Done {
    let (client, mut events) = watched(options()).await?;
    works(&client).await?;
    println!("ask lame-duck");
    see(&mut events, "lame duck", |event| matches!(event, Event::LameDuckMode)).await?;
    works(&client).await
}

async fn creds(name: &str) -> Result<ConnectOptions, Box<dyn Error + Send + Sync>> {
    Ok(options().credentials(&std::fs::read_to_string(var(name))?)?)
}

fn seed(name: &str) -> Result<ConnectOptions, Box<dyn Error + Send + Sync>> {
    Ok(options().nkey(std::fs::read_to_string(var(name))?.trim().to_string()))
}

/// Whether there is such a scenario, and what came of it.
async fn run(name: &str) -> Option<Done> {
    let user = |user: &str, password: &str| options().user_and_password(user.into(), password.into());
    let (ann, password) = (var("USER"), var("PASSWORD"));
    Some(match name {
        "publish-subscribe" => publish_subscribe().await,
        "wildcards" => wildcards().await,
        "queue-groups" => queue_groups().await,
        "headers" => headers().await,
        "request" => request().await,
        "no-responders" => no_responders().await,
        "flush-rtt" => flush().await,
        "drain" => drain().await,
        "max-payload" => max_payload().await,
        "auth-token" => lets(options().token(var("TOKEN")), vec![options().token("wrong".into())]).await,
        "auth-user" | "auth-bcrypt" => {
            lets(user(&ann, &password), vec![user(&ann, "wrong"), user("eve", &password)]).await
        }
        "auth-nkey" => match (seed("SEED"), seed("WRONG_SEED")) {
            (Ok(right), Ok(wrong)) => lets(right, vec![wrong]).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        },
        "auth-creds" => match (creds("CREDS").await, creds("WRONG_CREDS").await) {
            (Ok(right), Ok(wrong)) => lets(right, vec![wrong]).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        },
        "permissions" => permissions().await,
        "allow-responses" => allow_responses().await,
        "accounts" => accounts().await,
        "tls" | "tls-mutual" | "tls-map" | "tls-first" => tls(name).await,
        "slow-consumer-client" => slow_consumer_client().await,
        "slow-consumer-server" => interrupted("stall", "stall").await,
        "reconnect" => interrupted("restart", "again").await,
        "reload" => reload().await,
        "lame-duck" => lame_duck().await,
        _ => return None,
    })
}

#[tokio::main]
async fn main() {
    let name = env::args().nth(1).unwrap_or_default();
    match run(&name).await {
        None => println!("skip {name}: this client has no way to do it"),
        Some(Ok(())) => println!("ok {name}"),
        Some(Err(error)) => {
            println!("not ok {name}: {error} ({error:?})");
            std::process::exit(1);
        }
    }
}
