// A worker of Node's cluster module returns each message to its primary.
//
// The primary writes a line when the worker is there: its version and the ids of both. For each line `N` of its input it
// sends messages 0 to N, one at a time, and writes their count and checksum. It ends when its input does, and the worker
// ends with it.
'use strict';

const cluster = require('node:cluster');
const readline = require('node:readline');

if (cluster.isPrimary) {
    const worker = cluster.fork();
    worker.once('online', () => {
        console.log([process.version, process.pid, worker.process.pid].join(' '));
        const lines = readline.createInterface({ input: process.stdin });
        lines.on('line', (line) => roundTrips(worker, Number(line)));
        lines.on('close', () => process.exit());
    });
} else {
    process.on('message', (message) => process.send(message));
}

function roundTrips(worker, operations) {
    let count = 0;
    let checksum = 0;
    const next = () => {
        if (count < operations) {
            worker.send({ number: count });
        } else {
            worker.removeListener('message', answered);
            console.log(`${count} ${checksum}`);
        }
    };
    const answered = (message) => {
        count += 1;
        checksum += message.number;
        next();
    };
    worker.on('message', answered);
    next();
}
