//! What needs one thread, by criterion.

fn main() {
    barometer::criterion::bench(&common_peers::peers());
}
