//! What the lines mean: Node's cluster messages, read tolerantly and written as Node writes them.
//!
//! The vocabulary is Node's own (18 to 26), so that a worker runs unmodified under a Node primary or under ours. Fields
//! come in several types and may be missing; whatever is not understood is reported as [`Incoming::Ignored`], which is
//! what Node does with it. Our own additions ride in fields and commands that Node ignores.
//!
//! | line | direction | meaning |
//! |---|---|---|
//! | any JSON not below | both | a user message |
//! | `{"cmd":"NODE_CLUSTER","act":..,"seq":n}` | both | a request or a notice |
//! | `{"cmd":"NODE_CLUSTER","ack":n,..}` | both | the reply to request n |
//! | `{"cmd":"NODE_HANDLE","type":..,"msg":..}` | both | wraps a message whose line carries a descriptor |
//! | `{"cmd":"NODE_HANDLE_ACK"}`, `.._NACK` | both | the descriptor came, or did not |
//! | `{"cmd":"NODE_RUST_READY"}` | to the primary | ours: the worker serves; Node ignores it |
//! | `"ready":"explicit"` in `online` | to the primary | ours: only NODE_RUST_READY makes this worker ready |

use crate::message::Message;
use serde_json::{Map, Value, json};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What a line turned out to be.
#[derive(Debug)]
pub(crate) enum Incoming {
    User(Message),
    Cluster(Fields),
    /// A message that says it comes with a descriptor.
    Handle(Value),
    HandleAck,
    HandleNack,
    Ready,
    /// An internal message that this version does not know.
    Ignored,
}

/// Why a line could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) String);

/// Reads one line.
pub(crate) fn decode(line: Vec<u8>) -> Result<Incoming, Malformed> {
    let text = String::from_utf8(line).map_err(|error| Malformed(error.to_string()))?;
    if !may_be_internal(&text) {
        return Message::parse(text).map(Incoming::User).map_err(|error| Malformed(error.0.to_string()));
    }
    let value: Value = serde_json::from_str(&text).map_err(|error| Malformed(error.to_string()))?;
    Ok(classify(value).unwrap_or_else(|| Incoming::User(Message::trusted(text))))
}

/// Whether a user may not send `text`, because the other side would take it for an internal message.
pub(crate) fn is_reserved(text: &str) -> bool {
    may_be_internal(text) && serde_json::from_str(text).is_ok_and(|value| classify(value).is_some())
}

/// A cheap test that never misses an internal message: `NODE_` has to be there in letters or in escapes.
fn may_be_internal(text: &str) -> bool {
    text.trim_start().starts_with('{') && (text.contains("NODE_") || text.contains("\\u"))
}

fn classify(value: Value) -> Option<Incoming> {
    let Value::Object(mut fields) = value else { return None };
    let command = fields.get("cmd")?.as_str()?;
    if !command.starts_with("NODE_") || command == "NODE_" {
        return None;
    }
    Some(match command {
        "NODE_CLUSTER" => Incoming::Cluster(Fields(fields)),
        "NODE_HANDLE" => Incoming::Handle(fields.remove("msg").unwrap_or(Value::Null)),
        "NODE_HANDLE_ACK" => Incoming::HandleAck,
        "NODE_HANDLE_NACK" => Incoming::HandleNack,
        "NODE_RUST_READY" => Incoming::Ready,
        _ => Incoming::Ignored,
    })
}

/// The fields of a cluster message, with readers that accept what Node versions were seen to send.
#[derive(Clone, Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The cluster message inside a handle message.
    pub(crate) fn unwrap(message: Value) -> Option<Self> {
        match classify(message)? {
            Incoming::Cluster(fields) => Some(fields),
            _ => None,
        }
    }

    pub(crate) fn act(&self) -> &str {
        self.text("act").unwrap_or_default()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    pub(crate) fn seq(&self) -> u64 {
        self.0.get("seq").and_then(Value::as_u64).unwrap_or(0)
    }

    pub(crate) fn ack(&self) -> Option<u64> {
        self.0.get("ack")?.as_u64()
    }

    pub(crate) fn raw(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }

    /// The address that a worker asks for or announces; `None` if it is not one of TCP.
    pub(crate) fn address(&self) -> Option<Wanted> {
        let family = self.number("addressType")?;
        let port = u16::try_from(self.number("port")?).ok()?;
        if !matches!(family, 4 | 6) || self.number("fd").is_some_and(|fd| fd >= 0) {
            return None;
        }
        let host = match self.text("address") {
            None | Some("") => None,
            Some(text) => Some(text.parse::<IpAddr>().ok()?),
        };
        Some(Wanted { host, port, v6: family == 6 })
    }
}

/// A TCP address that a worker wants; no host means any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) host: Option<IpAddr>,
    pub(crate) port: u16,
    v6: bool,
}

impl Wanted {
    pub(crate) fn exact(address: SocketAddr) -> Self {
        Self { host: Some(address.ip()), port: address.port(), v6: address.is_ipv6() }
    }

    /// As a socket address; no host becomes the unspecified address of the family.
    pub(crate) fn socket_addr(self) -> SocketAddr {
        let any = if self.v6 { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { IpAddr::from(Ipv4Addr::UNSPECIFIED) };
        SocketAddr::new(self.host.unwrap_or(any), self.port)
    }
}

/// A line: the JSON text and its line feed.
fn line(value: &Value) -> Vec<u8> {
    let mut bytes = value.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

pub(crate) fn online(seq: u64) -> Vec<u8> {
    line(&json!({"cmd": "NODE_CLUSTER", "act": "online", "ready": "explicit", "seq": seq}))
}

pub(crate) fn ready() -> Vec<u8> {
    line(&json!({"cmd": "NODE_RUST_READY"}))
}

/// `act` is `queryServer` or `listening`; both have the same fields.
pub(crate) fn about_server(act: &str, address: SocketAddr, index: u64, seq: u64) -> Vec<u8> {
    let family = if address.is_ipv6() { 6 } else { 4 };
    line(&json!({
        "cmd": "NODE_CLUSTER", "act": act, "index": index, "data": null, "address": address.ip().to_string(),
        "port": address.port(), "addressType": family, "fd": -1, "flags": 0, "backlog": 511, "seq": seq,
    }))
}

pub(crate) fn close(key: &str, seq: u64) -> Vec<u8> {
    line(&json!({"cmd": "NODE_CLUSTER", "act": "close", "key": key, "seq": seq}))
}

pub(crate) fn goodbye(seq: u64) -> Vec<u8> {
    line(&json!({"cmd": "NODE_CLUSTER", "act": "exitedAfterDisconnect", "seq": seq}))
}

pub(crate) fn disconnect(seq: u64) -> Vec<u8> {
    line(&json!({"cmd": "NODE_CLUSTER", "act": "disconnect", "seq": seq}))
}

pub(crate) fn acknowledge(ack: u64, seq: u64) -> Vec<u8> {
    line(&json!({"cmd": "NODE_CLUSTER", "ack": ack, "seq": seq}))
}

pub(crate) fn refuse_connection(ack: u64, seq: u64) -> Vec<u8> {
    line(&json!({"cmd": "NODE_CLUSTER", "ack": ack, "accepted": false, "seq": seq}))
}

pub(crate) fn handle_ack() -> Vec<u8> {
    line(&json!({"cmd": "NODE_HANDLE_ACK"}))
}

pub(crate) fn handle_nack() -> Vec<u8> {
    line(&json!({"cmd": "NODE_HANDLE_NACK"}))
}

/// The reply to `queryServer` that carries the queue. The fields after `type` are for Deno; Node ignores them.
pub(crate) fn queue_reply(ack: u64, seq: u64, key: &str, data: Value) -> Vec<u8> {
    let message = json!({"cmd": "NODE_CLUSTER", "errno": 0, "key": key, "ack": ack, "data": data, "seq": seq});
    line(&json!({
        "cmd": "NODE_HANDLE", "type": "net.Native", "socketType": 1, "nativeKind": "tcp", "msg": message,
    }))
}

/// The reply to `queryServer` when there is no queue to give; `errno` is positive here and negative on the wire.
pub(crate) fn failure_reply(ack: u64, seq: u64, errno: i32, data: Value) -> Vec<u8> {
    line(&json!({"cmd": "NODE_CLUSTER", "errno": -errno, "key": "", "ack": ack, "data": data, "seq": seq}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Incoming {
        decode(text.as_bytes().to_vec()).expect("the line is valid")
    }

    #[test]
    fn lines_recorded_from_node_20_are_understood() {
        let online = r#"{"cmd":"NODE_CLUSTER","act":"online","seq":0}"#;
        assert!(matches!(read(online), Incoming::Cluster(fields) if fields.act() == "online"));
        let query = r#"{"cmd":"NODE_CLUSTER","index":0,"data":null,"act":"queryServer","address":null,"port":8000,
            "addressType":4,"fd":false,"flags":0,"backlog":false,"seq":1}"#;
        let Incoming::Cluster(fields) = read(query) else { panic!("a query is a cluster message") };
        let wanted = fields.address().expect("it asks for TCP");
        assert_eq!((wanted.host, wanted.port), (None, 8000));
        assert!(matches!(read(r#"{"cmd":"NODE_HANDLE_ACK"}"#), Incoming::HandleAck));
        assert!(matches!(read(r#"{"cmd":"NODE_SOMETHING_NEW"}"#), Incoming::Ignored));
    }

    #[test]
    fn only_the_documented_shape_is_reserved() {
        for reserved in [r#"{"cmd":"NODE_CLUSTER"}"#, r#" {"cmd":"NODE_X"}"#, r#"{"cmd":"\u004eODE_X"}"#] {
            assert!(is_reserved(reserved), "{reserved}");
        }
        for free in [r#""NODE_X""#, r#"{"cmd":"NODE_"}"#, r#"{"cmd":7,"x":"NODE_X"}"#, r#"["NODE_X"]"#] {
            assert!(!is_reserved(free), "{free}");
            assert!(matches!(read(free), Incoming::User(_)), "{free}");
        }
    }

    #[test]
    fn what_is_not_json_is_malformed_and_nothing_panics() {
        for line in ["{", "nul", "{\"cmd\":\"NODE_", "\u{0}", "[1,]", "1 2"] {
            let Err(Malformed(reason)) = decode(line.as_bytes().to_vec()) else { panic!("{line:?} is no JSON") };
            assert!(reason.contains("at line 1 column "), "{line:?}: {reason}");
        }
        assert!(decode(vec![b'"', 0xff, b'"']).is_err());
        let deep = "[".repeat(if cfg!(miri) { 1_000 } else { 100_000 });
        assert!(decode(deep.into_bytes()).is_err());
        let odd = r#"{"cmd":"NODE_CLUSTER","act":5,"seq":"x","ack":-1,"port":99999,"addressType":"udp4"}"#;
        let Incoming::Cluster(fields) = read(odd) else { panic!("it is a cluster message") };
        assert_eq!((fields.act(), fields.seq(), fields.ack(), fields.address()), ("", 0, None, None));
    }
}
