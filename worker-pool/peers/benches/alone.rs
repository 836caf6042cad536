//! What needs one thread, by criterion.

fn main() {
    barometer::criterion::bench(&worker_pool_peers::peers());
}
