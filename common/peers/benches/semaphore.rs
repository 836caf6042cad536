//! Semaphore, beside its peers.

mod ask;

fn main() {
    let mut criterion = criterion::Criterion::default().configure_from_args();
    ask::criterion(&mut criterion, common_peers::semaphore::questions());
    criterion.final_summary();
}
