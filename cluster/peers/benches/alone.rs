//! What needs one thread, by criterion.

fn main() {
    barometer::criterion::bench(&cluster_peers::peers());
}
