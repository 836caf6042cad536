//! The array by itself, on one thread.

use super::*;

#[test]
fn a_look_says_what_a_pop_would_say() {
    let array = Array::new(2, Handles::new(crate::overflow::Overflow::Block));
    assert_eq!(array.peek(), Err(TryRecvError::Empty));
    for lap in 0..3 {
        array.push(lap).unwrap();
        assert_eq!((array.peek(), array.has_value(), array.has_room()), (Ok(()), true, true));
        array.push(lap).unwrap();
        assert_eq!((array.pop(), array.pop()), (Ok(lap), Ok(lap)));
    }
    assert_eq!((array.peek(), array.has_value()), (Err(TryRecvError::Empty), false));
    array.push(7).unwrap();
    array.push(8).unwrap();
    assert!(array.close() && !array.has_room());
    assert_eq!((array.peek(), array.pop(), array.pop()), (Ok(()), Ok(7), Ok(8)));
    assert_eq!(array.peek(), Err(TryRecvError::Disconnected));
}

#[test]
fn the_size_is_that_of_the_documentation() {
    assert_eq!(size_of::<Array<u64>>(), 192);
}
