// Two workers of Node's cluster module answer HTTP requests on one port with their paths.
//
// The primary writes a line when both listen: its version, the port, and the ids of all processes. It ends when its
// input does, and the workers end with it.
'use strict';

const cluster = require('node:cluster');
const http = require('node:http');

const WORKERS = 2;
// Connections wait for their turn in silence.
const IDLE_MS = 3600 * 1000;

if (cluster.isPrimary) {
    const pids = [process.pid];
    cluster.on('listening', (worker, address) => {
        pids.push(worker.process.pid);
        if (pids.length === WORKERS + 1) {
            console.log([process.version, address.port, ...pids].join(' '));
        }
    });
    for (let worker = 0; worker < WORKERS; worker++) {
        cluster.fork();
    }
    process.stdin.on('end', () => process.exit()).resume();
} else {
    const server = http.createServer((request, response) => {
        response.setHeader('content-type', 'text/plain');
        response.sendDate = false;
        response.end(request.url.slice(1));
    });
    server.keepAliveTimeout = IDLE_MS;
    server.listen(0, '127.0.0.1');
}
