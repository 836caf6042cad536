//! The roles of a race, and the shapes in which they run.

use crate::sync::thread;

/// Two to four functions that run at the same time; they may borrow what the body owns.
pub trait Roles {
    /// What they return, in their order.
    type Outputs;

    /// Runs the first role on the calling thread in shape 0, the last one in any other.
    fn run(self, shape: usize) -> Self::Outputs;
}

/// Spawns all but one, in their order, runs that one here, and joins the others.
macro_rules! roles {
    ($first:ident $($middle:ident)* / $last:ident: $($generic:ident $output:ident),+) => {
        impl<$($generic, $output),+> Roles for ($($generic,)+)
        where
            $($generic: FnOnce() -> $output + Send, $output: Send,)+
        {
            type Outputs = ($($output,)+);

            fn run(self, shape: usize) -> Self::Outputs {
                let ($first, $($middle,)* $last) = self;
                thread::scope(|scope| {
                    if shape == 0 {
                        $(let $middle = scope.spawn($middle);)*
                        let $last = scope.spawn($last);
                        let $first = $first();
                        ($first, $($middle.join().expect(JOINED),)* $last.join().expect(JOINED))
                    } else {
                        let $first = scope.spawn($first);
                        $(let $middle = scope.spawn($middle);)*
                        let $last = $last();
                        ($first.join().expect(JOINED), $($middle.join().expect(JOINED),)* $last)
                    }
                })
            }
        }
    };
}

const JOINED: &str = "a role that panics ends the model before it is joined";

roles!(first / last: A X, B Y);
roles!(first second / last: A X, B Y, C Z);
roles!(first second third / last: A X, B Y, C Z, D W);
