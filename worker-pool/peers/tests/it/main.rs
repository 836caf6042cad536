//! Every contender does what its scenario asks, before anybody looks at the clock.

#[test]
fn every_contender_does_what_is_asked() {
    barometer::conformance::check(&worker_pool_peers::peers(), &[0, 1, 300, 2_500]);
}
