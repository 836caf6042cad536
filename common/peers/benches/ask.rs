//! Hands the questions of a primitive to criterion: a group a question, its contenders beside each other.

use common_peers::Question;
use common_peers::affinity::{Core, pin};
use criterion::Criterion;
use std::time::Instant;

pub(crate) fn criterion(criterion: &mut Criterion, questions: Vec<Question>) {
    pin(Core::Same);
    for mut question in questions {
        let mut group = criterion.benchmark_group(question.name);
        for contender in &mut question.contenders {
            group.bench_function(contender.name(), |bencher| {
                bencher.iter_custom(|operations| {
                    let start = Instant::now();
                    let checksum = contender.run(operations);
                    let elapsed = start.elapsed();
                    assert_eq!(checksum, (question.checksum)(operations), "it did something else");
                    elapsed
                });
            });
        }
        group.finish();
    }
}
