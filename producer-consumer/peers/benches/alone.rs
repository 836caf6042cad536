//! What needs one thread, by criterion.

fn main() {
    barometer::criterion::bench(&producer_consumer_peers::peers());
}
