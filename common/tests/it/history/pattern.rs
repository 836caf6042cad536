//! Each bad pattern, by hand, and what its message says.

use super::{by, close, closed_and_empty, empty, receive, receive_without_return, refused, send, send_without_return};
use common::history::{History, Operation, Order, Pattern, Sent, Violation};
use std::panic::catch_unwind;

fn violation(order: Order, operations: &[Operation]) -> Violation {
    History::new(operations.to_vec()).check(order).unwrap_err()
}

fn pattern(operations: &[Operation]) -> Pattern {
    violation(Order::Fifo, operations).pattern()
}

#[test]
fn a_value_that_nobody_sent_is_from_nowhere() {
    assert_eq!(pattern(&[receive(1, 0, 1)]), Pattern::Nowhere);
    assert_eq!(pattern(&[send(1, 0, 1), receive(2, 2, 3), receive(1, 4, 5)]), Pattern::Nowhere);
    assert_eq!(pattern(&[send(2, 0, 1), receive(1, 2, 3)]), Pattern::Nowhere);
}

#[test]
fn a_value_received_before_its_send_was_called_is_from_nowhere() {
    assert_eq!(pattern(&[receive(1, 0, 1), send(1, 2, 3)]), Pattern::Nowhere);
    assert_eq!(pattern(&[receive(1, 0, 1), send_without_return(1, 2)]), Pattern::Nowhere);
}

#[test]
fn a_value_that_was_handed_back_is_from_nowhere() {
    for outcome in [Sent::Refused, Sent::Closed] {
        let found = violation(Order::Fifo, &[refused(1, outcome, 0, 1), receive(1, 2, 3)]);
        assert_eq!((found.pattern(), found.operations().len()), (Pattern::Nowhere, 2));
    }
}

#[test]
fn a_value_received_two_times_is_found() {
    assert_eq!(pattern(&[send(1, 0, 1), receive(1, 2, 5), receive(1, 3, 4)]), Pattern::Twice);
}

#[test]
fn an_inversion_is_found() {
    assert_eq!(pattern(&[send(1, 0, 1), send(2, 2, 3), receive(2, 4, 5), receive(1, 6, 7)]), Pattern::Inversion);
}

#[test]
fn a_value_overtaken_and_never_received_is_an_inversion() {
    assert_eq!(pattern(&[send(1, 0, 1), send(2, 2, 3), receive(2, 4, 5)]), Pattern::Inversion);
}

#[test]
fn a_receive_without_return_that_came_too_late_excuses_no_inversion() {
    let late = [send(1, 0, 1), send(2, 2, 3), receive(2, 4, 5), receive_without_return(6)];
    assert_eq!(pattern(&late), Pattern::Inversion);
}

#[test]
fn a_receive_without_return_excuses_one_value_and_not_two() {
    let two = [send(1, 0, 1), send(2, 2, 3), send(3, 4, 5), receive(3, 6, 8), receive_without_return(7)];
    assert_eq!(pattern(&two), Pattern::Inversion);
}

#[test]
fn an_empty_while_a_value_was_inside_is_false() {
    assert_eq!(pattern(&[send(1, 0, 1), empty(2, 3), receive(1, 4, 5)]), Pattern::FalseEmpty);
    assert_eq!(pattern(&[send(1, 0, 1), empty(2, 3)]), Pattern::FalseEmpty);
}

#[test]
fn an_empty_that_values_cover_in_turns_is_false() {
    let chain = [send(1, 0, 1), empty(2, 9), send(2, 3, 4), receive(1, 5, 6), send(3, 7, 8), receive(2, 10, 11)];
    let found = violation(Order::Fifo, &chain);
    assert_eq!((found.pattern(), found.operations().len()), (Pattern::FalseEmpty, 5), "{found}");
}

#[test]
fn a_closed_queue_before_anybody_closed_it_is_found() {
    assert_eq!(pattern(&[closed_and_empty(0, 1), close(2, 3)]), Pattern::EarlyEnd);
    assert_eq!(pattern(&[refused(1, Sent::Closed, 0, 1), close(2, Operation::NEVER - 1)]), Pattern::EarlyEnd);
}

#[test]
fn a_value_accepted_after_the_end_is_found() {
    assert_eq!(pattern(&[close(0, 1), send(1, 2, 3)]), Pattern::AfterEnd);
    assert_eq!(pattern(&[refused(1, Sent::Closed, 0, 1), send(2, 2, 3)]), Pattern::AfterEnd);
    assert_eq!(pattern(&[closed_and_empty(0, 1), send(2, 2, 3), receive(2, 4, 5)]), Pattern::AfterEnd);
}

#[test]
fn an_empty_that_does_not_know_of_the_end_is_found() {
    assert_eq!(pattern(&[close(0, 1), empty(2, 3)]), Pattern::AfterEnd);
}

#[test]
fn a_queue_that_was_not_drained_is_found() {
    assert_eq!(pattern(&[send(1, 0, 1), closed_and_empty(2, 3)]), Pattern::Undrained);
    assert_eq!(pattern(&[send(1, 0, 1), closed_and_empty(2, 3), receive(1, 4, 5)]), Pattern::Undrained);
    assert_eq!(pattern(&[send(1, 0, 1), closed_and_empty(2, 3), receive_without_return(4)]), Pattern::Undrained);
}

#[test]
fn a_close_cuts_an_empty_short_so_that_it_is_false() {
    let open = [send(1, 0, 1), send(2, 2, 9), empty(3, 8), receive(1, 5, 6)];
    assert!(History::new(open.to_vec()).check(Order::Fifo).is_ok(), "it may have looked between 5 and 8");
    let cut = [&open[..], &[refused(3, Sent::Closed, 2, 4)]].concat();
    assert_eq!(pattern(&cut), Pattern::FalseEmpty, "it looked before 4, and the first value was inside");
}

#[test]
fn an_empty_beside_a_send_is_excused_where_that_is_asked_for_and_no_other_one() {
    let excused = |empty: Operation| {
        let history =
            History::new(vec![send(1, 0, 1), by(7, send(2, 4, 9)), empty, receive(1, 12, 13), receive(2, 14, 15)]);
        assert!(history.check(Order::Fifo).is_err(), "{empty}: the first value is inside");
        history.excusing_empties().check(Order::Fifo).is_ok()
    };
    assert!([empty(2, 5), empty(5, 6), empty(8, 11), empty(2, 11)].into_iter().all(excused));
    assert!(![empty(2, 3), empty(10, 11)].into_iter().any(excused));
}

#[test]
fn order_is_asked_for_as_far_as_it_is_promised() {
    let other = [by(1, send(1, 0, 1)), by(2, send(2, 2, 3)), by(3, receive(2, 4, 5)), by(3, receive(1, 6, 7))];
    assert_eq!(violation(Order::Fifo, &other).pattern(), Pattern::Inversion);
    assert!(History::new(other.to_vec()).check(Order::PerSender).is_ok());

    let same = other.map(|operation| by(operation.thread / 2, operation));
    assert!(History::new(same.to_vec()).check(Order::PerSender).is_ok(), "threads 0 and 1");
    let same = other.map(|operation| by(0, operation));
    assert_eq!(violation(Order::PerSender, &same).pattern(), Pattern::Inversion);
    assert!(History::new(same.to_vec()).check(Order::Any).is_ok());
}

#[test]
fn without_order_a_loss_a_double_and_a_false_empty_are_still_found() {
    for order in [Order::PerSender, Order::Any] {
        assert_eq!(violation(order, &[send(1, 0, 1), closed_and_empty(2, 3)]).pattern(), Pattern::Undrained);
        assert_eq!(violation(order, &[send(1, 0, 1), empty(2, 3)]).pattern(), Pattern::FalseEmpty);
        let twice = [send(1, 0, 1), receive(1, 2, 3), receive(1, 4, 5)];
        assert_eq!(violation(order, &twice).pattern(), Pattern::Twice);
    }
}

#[test]
fn a_message_names_the_pattern_and_the_operations() {
    let inverted = [send(1, 0, 1), by(1, send(2, 2, 3)), by(2, receive(2, 4, 5)), receive(1, 6, 7)];
    let expected = "order inversion: the first was sent before the second, and the second was received first
  send 1: accepted             thread 0   from 0 to 1
  send 2: accepted             thread 1   from 2 to 3
  receive: 2                   thread 2   from 4 to 5
  receive: 1                   thread 0   from 6 to 7";
    assert_eq!(violation(Order::Fifo, &inverted).to_string(), expected);
}

#[test]
fn a_long_message_is_cut_short() {
    let mut chain = vec![empty(2, 995), send(0, 0, 1)];
    chain.extend((1..100).map(|n| send(n, 10 * n - 6, 10 * n - 5)));
    chain.extend((0..100).map(|n| receive(n, 10 * n + 8, 10 * n + 9)));
    let found = violation(Order::Fifo, &chain);
    assert_eq!((found.pattern(), found.operations().len()), (Pattern::FalseEmpty, 201));
    assert!(found.to_string().ends_with("and 193 more"), "{found}");
}

#[test]
fn values_that_are_not_distinct_and_impossible_operations_panic() {
    assert!(catch_unwind(|| History::new(vec![send(1, 0, 1), send(1, 2, 3)]).check(Order::Any)).is_err());
    assert!(catch_unwind(|| History::new(vec![send(1, 1, 0)])).is_err());
    assert!(catch_unwind(|| History::new(vec![send(1, 0, Operation::NEVER)])).is_err());
    assert!(catch_unwind(|| History::new(vec![Operation { end: 5, ..send_without_return(1, 0) }])).is_err());
}
