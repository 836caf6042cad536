//! Select: no message, no value and no wake is lost by one that waits for several.

use crate::past;
use crate::task::{block_on, poll_once};
use common::model::model;
#[cfg(shuttle)]
use producer_consumer::{Receiver, Sender, select::Arms};
use producer_consumer::{RecvError, Select, bounded, spsc};
#[cfg(shuttle)]
use std::pin::pin;

#[test]
fn a_select_takes_from_one_of_two_and_leaves_the_other() {
    model("select/two_senders").preemptions(2).outcomes(&["first", "second"]).check(|seen| {
        let ((one, first), (two, second)) = (bounded(1), bounded(1));
        let select = || Select::new().recv(&first, |got| got).recv(&second, |got| got).wait();
        let ((), got, ()) = seen.race((|| one.send(1).unwrap(), select, || two.send(2).unwrap()));
        let left = [first.try_recv().ok(), second.try_recv().ok()];
        match got {
            Ok(1) => assert_eq!(left, [None, Some(2)]),
            other => assert_eq!((other, left), (Ok(2), [Some(1), None])),
        }
        seen.outcome(if got == Ok(1) { "first" } else { "second" });
    });
}

/// The select is told of both messages and takes one: the other's receiver has to hear of it.
#[test]
fn a_select_tells_another_of_the_message_that_it_does_not_take() {
    model("select/other_waiter").preemptions(1).outcomes(&["first", "second"]).check(|seen| {
        let ((one, first), (two, second)) = (bounded(1), bounded(1));
        let select = || {
            let got = Select::new().recv(&first, |got| got.unwrap()).recv(&second, |got| got.unwrap()).wait();
            if got == 2 {
                two.send(2).unwrap();
            }
            got
        };
        let send = || {
            one.send(1).unwrap();
            two.send(2).unwrap();
        };
        let (got, (), other) = seen.race((select, send, || second.recv()));
        assert_eq!((other, first.len()), (Ok(2), usize::from(got == 2)));
        seen.outcome(if got == 1 { "first" } else { "second" });
    });
}

/// Two selects over the same two channels: each gets one message. Beyond what loom can search.
#[cfg(shuttle)]
#[test]
fn two_selects_share_two_channels_without_loss() {
    model("select/two_selects").preemptions(1).outcomes(&["straight", "crossed"]).check(|seen| {
        let ((one, first), (two, second)) = (bounded(1), bounded(1));
        let select = || Select::new().recv(&first, |got| got).recv(&second, |got| got).wait();
        let send = || {
            one.send(1).unwrap();
            two.send(2).unwrap();
        };
        match seen.race((select, send, select)) {
            (Ok(1), (), Ok(2)) => seen.outcome("straight"),
            (Ok(2), (), Ok(1)) => seen.outcome("crossed"),
            other => panic!("lost or doubled: {other:?}"),
        }
    });
}

/// A send that waits for room beside a receive; both come at the same time.
#[test]
fn a_select_that_may_send_or_receive_does_one_of_them() {
    model("select/send_and_recv").preemptions(2).outcomes(&["sent", "received"]).check(|seen| {
        let ((full, room), (sender, receiver)) = (bounded(1), bounded(1));
        full.send(0).unwrap();
        let mut value = Some(1);
        let select = || {
            Select::new()
                .send(&full, &mut value, |sent| sent.map(|()| 0).unwrap())
                .recv(&receiver, |got| got.unwrap())
                .wait()
        };
        let (got, first, ()) = seen.race((select, || room.recv(), || sender.send(7).unwrap()));
        assert_eq!(first, Ok(0));
        match got {
            0 => assert_eq!((value, room.try_recv().ok(), receiver.try_recv().ok()), (None, Some(1), Some(7))),
            got => assert_eq!((got, value, room.len()), (7, Some(1), 0)),
        }
        seen.outcome(if got == 0 { "sent" } else { "received" });
    });
}

/// A close is an operation that is ready, of a send as of a receive.
#[test]
fn a_close_ends_the_wait_of_a_select() {
    model("select/close").preemptions(2).outcomes(&["receive", "send"]).check(|seen| {
        let ((sender, receiver), (full, room)) = (bounded::<u32>(1), bounded(1));
        full.send(0).unwrap();
        let mut value = Some(1);
        let select = || {
            Select::new()
                .recv(&receiver, |got| {
                    assert_eq!(got, Err(RecvError));
                    "receive"
                })
                .send(&full, &mut value, |sent| {
                    assert_eq!(sent.unwrap_err().into_inner(), 1);
                    "send"
                })
                .wait()
        };
        let ((), ended, closed) = seen.race((|| drop(sender), select, || room.close()));
        assert!(closed);
        assert_eq!(value, (ended == "receive").then_some(1));
        seen.outcome(ended);
    });
}

/// A select whose time is over was told of the message: the receiver that waits beside it has to hear of it.
#[test]
fn a_select_that_times_out_leaves_the_wake_to_another() {
    model("select/time_out").preemptions(1).outcomes(&["late", "in time"]).check(|seen| {
        let ((sender, receiver), (_other, quiet)) = (bounded(2), bounded::<u32>(1));
        let brief = || Select::new().recv(&quiet, |got| got).recv(&receiver, |got| got).wait_deadline(past()).is_ok();
        let send = || {
            sender.send(1).unwrap();
            sender.send(1).unwrap();
        };
        let (was_in_time, (), got) = seen.race((brief, send, || receiver.recv()));
        assert_eq!((got, receiver.len()), (Ok(1), usize::from(!was_in_time)));
        seen.outcome(if was_in_time { "in time" } else { "late" });
    });
}

#[test]
fn a_select_future_that_is_dropped_leaves_message_and_wake_to_another() {
    model("select/dropped_future").preemptions(1).outcomes(&["dropped", "ready"]).check(|seen| {
        let ((sender, receiver), (_other, quiet)) = (bounded(2), bounded::<u32>(1));
        let brief =
            || poll_once(Select::new().recv(&receiver, |got| got).recv(&quiet, |got| got).wait_async()).is_some();
        let send = || {
            sender.send(1).unwrap();
            sender.send(1).unwrap();
        };
        let (was_ready, (), got) = seen.race((brief, send, || receiver.recv()));
        assert_eq!((got, receiver.len()), (Ok(1), usize::from(!was_ready)));
        seen.outcome(if was_ready { "ready" } else { "dropped" });
    });
}

#[test]
fn a_task_selects_over_ends_of_both_kinds() {
    model("select/task").preemptions(2).outcomes(&["many", "one"]).check(|seen| {
        let ((sender, receiver), (mut one, mut end)) = (bounded(1), spsc::bounded(1));
        let select = || block_on(Select::new().recv(&receiver, |_| "many").recv(&mut end, |_| "one").wait_async());
        let (chosen, (), ()) = seen.race((select, || sender.send(1).unwrap(), || one.send(2).unwrap()));
        assert_eq!((receiver.len(), end.len()), if chosen == "many" { (0, 1) } else { (1, 0) });
        seen.outcome(chosen);
    });
}

/// Protocol, step 4: whoever is told of the second message while the first is still being put in can do nothing, and
/// sleeps again; the select that takes the first has to tell it again. Four threads, beyond what loom can search.
#[cfg(shuttle)]
#[test]
fn a_select_that_takes_a_late_message_tells_of_the_one_behind() {
    model("select/late_front").outcomes(&["blocking", "task"]).check(|seen| {
        let ((sender, receiver), (_other, quiet)) = (bounded(2), bounded(1));
        let select = || Select::new().recv(&quiet, Result::unwrap).recv(&receiver, Result::unwrap);
        let mut task = pin!(select().wait_async());
        assert!(poll_once(task.as_mut()).is_none());
        let got =
            seen.race((|| sender.send(1).unwrap(), || select().wait(), || sender.send(2).unwrap(), || block_on(task)));
        assert_eq!(got.1 + got.3, 3);
        seen.outcome(if got.1 == 1 { "blocking" } else { "task" });
    });
}

/// The same of two that block.
#[cfg(shuttle)]
#[test]
fn a_blocked_select_that_takes_a_late_message_tells_of_the_one_behind() {
    model("select/late_front_blocked").outcomes(&["first", "second"]).check(|seen| {
        let ((sender, receiver), (_other, quiet)) = (bounded(2), bounded(1));
        let select = || Select::new().recv(&quiet, Result::unwrap).recv(&receiver, Result::unwrap).wait();
        let got = seen.race((|| sender.send(1).unwrap(), select, || sender.send(2).unwrap(), select));
        assert_eq!(got.1 + got.3, 3);
        seen.outcome(if got.1 == 1 { "first" } else { "second" });
    });
}

/// A select that sends, for here nothing comes.
#[cfg(shuttle)]
fn send_or_recv<'a>(
    sender: &'a Sender<i32>,
    value: &'a mut Option<i32>,
    quiet: &'a Receiver<i32>,
) -> Select<'a, (), impl Arms<'a, ()>> {
    Select::new().recv(quiet, |_| ()).send(sender, value, Result::unwrap)
}

/// The same with room, of which the first place is late.
#[cfg(shuttle)]
#[test]
fn a_select_that_takes_late_room_tells_of_the_room_behind() {
    model("select/late_room").outcomes(&["blocking", "task"]).check(|seen| {
        let ((sender, receiver), (_other, quiet)) = (bounded(2), bounded::<i32>(1));
        (1..=2).for_each(|number| sender.send(number).unwrap());
        let (mut first, mut second) = (Some(3), Some(4));
        {
            let mut task = pin!(send_or_recv(&sender, &mut second, &quiet).wait_async());
            assert!(poll_once(task.as_mut()).is_none());
            seen.race((
                || receiver.recv().unwrap(),
                || send_or_recv(&sender, &mut first, &quiet).wait(),
                || receiver.recv().unwrap(),
                || block_on(task),
            ));
        }
        assert_eq!((first, second), (None, None));
        let rest = receiver.drain();
        assert_eq!(rest.iter().sum::<i32>(), 7);
        seen.outcome(if rest[0] == 3 { "blocking" } else { "task" });
    });
}
