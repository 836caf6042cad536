// BullMQ as a contender: `add 0 SOCKET` adds jobs one by one, `process WORKERS SOCKET` runs jobs that were added at once.
//
// It speaks the protocol of `xtask/barometer/src/external.rs`. The Redis behind the socket syncs each command before it
// answers, so that a job that was added or has ended is on the disk.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Queue, Worker } from "bullmq";

const [task, workers, socket] = process.argv.slice(2);
const connection = { path: socket, maxRetriesPerRequest: null };
const queue = new Queue("numbers", { connection });

/** Each job carries a 1. */
async function add(operations) {
  const before = await queue.getWaitingCount();
  for (let number = 0; number < operations; number++) {
    await queue.add("number", number);
  }
  const count = (await queue.getWaitingCount()) - before;
  return [count, count];
}

/** Each job carries its number. The worker is of the sample, as those of the others are. */
async function run(operations) {
  if (operations === 0) return [0, 0];
  const numbers = Array.from({ length: operations }, (_, number) => number);
  await queue.addBulk(numbers.map((number) => ({ name: "number", data: number })));
  const worker = new Worker("numbers", async () => {}, { connection, concurrency: Number(workers) });
  let [count, checksum] = [0, 0];
  await new Promise((resolve, reject) => {
    worker.on("completed", (job) => {
      checksum += job.data;
      count += 1;
      if (count === operations) resolve();
    });
    worker.on("failed", (_, error) => reject(error));
    worker.on("error", reject);
  });
  await worker.close();
  return [count, checksum];
}

const { version } = JSON.parse(readFileSync(new URL("node_modules/bullmq/package.json", import.meta.url)));
await queue.waitUntilReady();
console.log(`bullmq ${version}, node ${process.versions.node}`);
for await (const line of createInterface({ input: process.stdin })) {
  const [count, checksum] = await (task === "add" ? add : run)(Number(line));
  console.log(`${count} ${checksum}`);
}
await queue.close();
