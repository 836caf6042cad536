//! Every contender does what its scenario asks, before anybody looks at the clock.
//!
//! This is the only test here: the workers of ours are this program, and what they run is the test.

#[test]
fn every_contender_does_what_is_asked() {
    cluster_peers::work_if_worker();
    barometer::conformance::check(&cluster_peers::peers(), &[0, 1, 300]);
}
