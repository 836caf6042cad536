//! More threads than loom can hold; shuttle alone runs these.

use common::model::model;
use common::sync::thread;
use producer_consumer::broadcast;

const MANY: usize = 6;
const CROWD: &str = "more threads than a race has roles";

#[test]
fn six_subscribers_of_six_senders_see_one_order() {
    model("broadcast/crowd").outcomes(&["one order"]).one_shape(CROWD).check(|seen| {
        let (sender, first) = broadcast::bounded(2);
        let orders = thread::scope(|scope| {
            let subscribers = [(); MANY].map(|()| {
                let receiver = first.clone();
                scope.spawn(move || receiver.into_iter().collect::<Vec<_>>())
            });
            drop(first);
            for number in 0..MANY {
                let sender = sender.clone();
                scope.spawn(move || assert_eq!(sender.send(number), Ok(MANY)));
            }
            drop(sender);
            subscribers.map(|subscriber| subscriber.join().unwrap())
        });
        assert!(orders.iter().all(|order| *order == orders[0]));
        let mut sent = orders[0].clone();
        sent.sort_unstable();
        assert!(sent.into_iter().eq(0..MANY));
        seen.outcome("one order");
    });
}

/// All who are slow go, one after the other, and nobody waits for them any more.
#[test]
fn six_senders_go_on_when_six_subscribers_go() {
    model("broadcast/crowd_goes").outcomes(&["went on"]).one_shape(CROWD).check(|seen| {
        let (sender, first) = broadcast::bounded(1);
        sender.send(MANY).unwrap();
        thread::scope(|scope| {
            for number in 0..MANY {
                let sender = &sender;
                scope.spawn(move || sender.send(number).unwrap());
            }
            for _ in 1..MANY {
                let receiver = first.clone();
                scope.spawn(move || drop(receiver));
            }
            drop(first);
        });
        assert_eq!((sender.len(), sender.receiver_count()), (0, 0));
        seen.outcome("went on");
    });
}
