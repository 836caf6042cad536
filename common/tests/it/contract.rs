//! Contracts, asked of the real thing on real threads; `tests/loom` asks its stand-in the same.

#[path = "../contract/channel.rs"]
mod channel;
#[path = "../contract/rendezvous.rs"]
mod rendezvous;

use common::sync::thread;

/// How often threads meet: chance decides which outcomes they reach, so none is asked for.
const ROUNDS: usize = if cfg!(miri) { 5 } else { 200 };

/// What runs roles, and is told outcomes, as the model harness is.
struct Seen {
    outcomes: &'static [&'static str],
}

/// A part of the contract for one thread.
fn alone(_name: &'static str, body: impl Fn()) {
    body();
}

/// A part of the contract for several threads, with all that they may reach.
fn contract(_name: &'static str, outcomes: &'static [&'static str], body: impl Fn(&Seen)) {
    (0..ROUNDS).for_each(|_| body(&Seen { outcomes }));
}

impl Seen {
    fn outcome(&self, name: &str) {
        assert!(self.outcomes.contains(&name), "`{name}` is not among the outcomes");
    }

    fn race<R: Roles>(&self, roles: R) -> R::Outputs {
        roles.run()
    }
}

/// Two or three functions, each run on a thread of its own.
trait Roles {
    type Outputs;

    fn run(self) -> Self::Outputs;
}

macro_rules! roles {
    ($($role:ident: $generic:ident $output:ident),+) => {
        impl<$($generic, $output),+> Roles for ($($generic,)+)
        where
            $($generic: FnOnce() -> $output + Send, $output: Send,)+
        {
            type Outputs = ($($output,)+);

            fn run(self) -> Self::Outputs {
                let ($($role,)+) = self;
                thread::scope(|scope| {
                    $(let $role = scope.spawn($role);)+
                    ($($role.join().expect("a role that panics fails its test"),)+)
                })
            }
        }
    };
}

roles!(first: A X, second: B Y);
roles!(first: A X, second: B Y, third: C Z);
