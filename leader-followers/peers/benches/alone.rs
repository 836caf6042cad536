//! What needs one thread, by criterion.

fn main() {
    barometer::criterion::bench(&leader_followers_peers::peers());
}
