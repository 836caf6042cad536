//! Near misses: histories that look wrong and are not.

use super::{by, close, closed_and_empty, empty, receive, receive_without_return, refused, send, send_without_return};
use common::history::{History, Operation, Order, Sent, Summary};

fn summary(operations: &[Operation]) -> Summary {
    History::new(operations.to_vec()).check(Order::Fifo).unwrap_or_else(|violation| panic!("{violation}"))
}

#[test]
fn no_operation_is_a_legal_history() {
    assert_eq!(summary(&[]), Summary::default());
}

#[test]
fn a_receive_may_return_before_the_send_does() {
    assert_eq!(summary(&[send(1, 0, 9), receive(1, 1, 2)]).received, 1);
}

#[test]
fn sends_that_overlap_have_no_order() {
    summary(&[send(1, 0, 2), send(2, 1, 3), receive(2, 4, 5), receive(1, 6, 7)]);
}

#[test]
fn receives_that_overlap_have_no_order() {
    summary(&[send(1, 0, 1), send(2, 2, 3), receive(2, 4, 6), receive(1, 5, 7)]);
}

#[test]
fn equal_stamps_overlap() {
    summary(&[send(1, 0, 2), send(2, 2, 3), receive(2, 4, 5), receive(1, 6, 7)]);
    summary(&[send(1, 0, 1), send(2, 2, 3), receive(2, 4, 5), receive(1, 5, 7)]);
}

#[test]
fn the_last_values_may_stay_inside() {
    assert_eq!(summary(&[send(1, 0, 1), send(2, 2, 3), receive(1, 4, 5)]).accepted, 2);
}

#[test]
fn an_empty_may_be_older_than_the_end_of_a_send_or_younger_than_the_begin_of_a_receive() {
    summary(&[send(1, 0, 2), empty(1, 3), receive(1, 4, 5)]);
    summary(&[send(1, 0, 1), empty(2, 4), receive(1, 3, 5)]);
}

#[test]
fn an_empty_fits_between_two_values() {
    summary(&[send(1, 0, 1), empty(2, 9), receive(1, 3, 4), send(2, 5, 6), receive(2, 10, 11)]);
}

#[test]
fn a_value_handed_back_may_be_sent_again() {
    let again = [
        refused(1, Sent::Refused, 0, 1),
        refused(1, Sent::Refused, 2, 3),
        send(1, 4, 5),
        receive(1, 6, 7),
        refused(2, Sent::Refused, 8, 9),
    ];
    let summary = summary(&again);
    assert_eq!((summary.accepted, summary.handed_back, summary.received), (1, 3, 1));
}

#[test]
fn a_send_without_return_may_have_taken_effect_or_not() {
    summary(&[send_without_return(1, 0), receive(1, 1, 2)]);
    summary(&[send_without_return(1, 0), empty(1, 2)]);
    summary(&[send_without_return(1, 0), send(2, 1, 2), receive(2, 3, 4), receive(1, 5, 6)]);
    assert_eq!(summary(&[send_without_return(1, 0), closed_and_empty(1, 2)]).pending, 1);
}

#[test]
fn a_receive_without_return_may_have_taken_a_value() {
    summary(&[send(1, 0, 1), send(2, 2, 3), receive(2, 5, 6), receive_without_return(4)]);
    summary(&[send(1, 0, 1), empty(3, 4), receive_without_return(2)]);
    summary(&[send(1, 0, 1), closed_and_empty(3, 4), receive_without_return(2)]);
    // It may as well have taken nothing.
    summary(&[receive_without_return(0), send(1, 1, 2), receive(1, 3, 4)]);
}

#[test]
fn receives_without_return_take_the_values_that_help_most() {
    let two = [
        send(1, 0, 1),
        send(2, 2, 3),
        send(3, 4, 5),
        send(4, 6, 7),
        receive(3, 8, 12),
        receive_without_return(9),
        receive_without_return(10),
    ];
    summary(&two);
}

#[test]
fn a_receive_without_return_may_have_made_room_for_an_empty_and_another_for_an_order() {
    let both = [
        by(1, send(1, 0, 1)),
        receive_without_return(2),
        empty(3, 4),
        send(2, 5, 6),
        send(3, 7, 8),
        receive_without_return(9),
        receive(3, 10, 11),
    ];
    for order in [Order::Fifo, Order::PerSender, Order::Any] {
        assert!(History::new(both.to_vec()).check(order).is_ok(), "{order:?}");
    }
}

#[test]
fn a_queue_that_is_closed_and_drained_is_legal() {
    let end = [
        send(1, 0, 1),
        send(2, 2, 8),
        close(3, 5),
        refused(3, Sent::Closed, 6, 7),
        receive(1, 9, 10),
        receive(2, 11, 14),
        closed_and_empty(12, 13),
        closed_and_empty(15, 16),
    ];
    assert_eq!(summary(&end).closed, 2);
}

#[test]
fn a_queue_may_be_closed_by_what_nobody_recorded() {
    summary(&[send(1, 0, 1), refused(2, Sent::Closed, 2, 3), receive(1, 4, 5), closed_and_empty(6, 7)]);
}

#[test]
fn what_overlaps_a_close_may_be_older_or_younger() {
    summary(&[close(0, 9), send(1, 1, 2), empty(3, 4), refused(2, Sent::Closed, 5, 6), receive(1, 1, 3)]);
    summary(&[close(0, 3), close(5, 6), refused(1, Sent::Closed, 1, 2), closed_and_empty(1, 4)]);
}
