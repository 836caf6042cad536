//! What errors say, each of its own layer.

use cluster::{ChildError, DecodeError, Fault, KillError, ListenError, Message, RoleError, SendError, StartError};
use std::error::Error;
use std::io;
use std::path::PathBuf;

fn cause() -> io::Error {
    io::Error::other("the cause")
}

fn said(error: impl Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::from(error))
}

#[test]
fn an_error_states_its_own_layer_and_its_source_the_cause() {
    let address = "127.0.0.1:80".parse().unwrap();
    let program = PathBuf::from("/bin/x");
    let chains = [
        (said(RoleError::NoChannel(cause())), "cannot use the channel to the primary"),
        (said(RoleError::Thread(cause())), "cannot start the channel's thread"),
        (said(StartError::Address { address: "x".to_owned(), source: cause() }), "cannot resolve x"),
        (said(StartError::Bind { address, source: cause() }), "cannot listen on 127.0.0.1:80"),
        (said(StartError::Spawn { program: program.clone(), source: cause() }), "cannot start /bin/x"),
        (said(StartError::Supervisor(cause())), "cannot set up the supervisor"),
        (said(SendError::Io(cause())), "the channel failed"),
        (said(KillError::Io(cause())), "cannot send the signal"),
        (said(ListenError::Address(cause())), "cannot resolve the address"),
        (said(ListenError::Refused(cause())), "the primary cannot listen there"),
        (said(ListenError::Io(cause())), "the channel failed"),
        (said(ChildError::Spawn { program: program.clone(), source: cause() }), "cannot start /bin/x"),
        (said(ChildError::Io(cause())), "cannot watch the program"),
        (said(Fault::Spawn { program, source: cause() }), "cannot start /bin/x"),
        (said(Fault::Channel(cause())), "the channel failed"),
        (said(Fault::Signal(cause())), "cannot send a signal"),
    ];
    for (chain, layer) in chains {
        assert_eq!(chain, format!("{layer}: the cause"));
    }
}

#[test]
fn an_error_about_json_says_where_it_is_once() {
    let json = || serde_json::from_str::<u8>("x").unwrap_err();
    let error: DecodeError = Message::parse("x".to_owned()).unwrap_err();
    assert_eq!(said(error), format!("the message does not have the expected shape: {}", json()));
    assert_eq!(said(SendError::Encode(json())), format!("the message cannot be written as JSON: {}", json()));
}

#[test]
fn an_error_without_a_cause_has_no_source() {
    let environment = RoleError::Environment { variable: "X", value: "y".to_owned() };
    let errors: [Box<dyn Error>; 6] = [
        environment.into(),
        StartError::Workers(0).into(),
        SendError::Gone.into(),
        KillError::Gone.into(),
        ListenError::TimedOut.into(),
        Fault::LineTooLong.into(),
    ];
    assert!(errors.iter().all(|error| error.source().is_none()), "{errors:?}");
}
