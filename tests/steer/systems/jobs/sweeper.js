// Puts back the mails of a shop whose worker has died, now and then: node sweeper.js SHOP
const Redis = require("ioredis");

const shop = process.argv[2];
const [queue, inWork] = [`mail:${shop}:queue`, `mail:${shop}:in-work`];
const redis = new Redis(process.env.REDIS_URL);

async function main() {
  let putBack = 0;
  for (const job of await redis.lrange(inWork, 0, -1)) {
    if (await redis.exists(`mail:${shop}:lock:${JSON.parse(job).id}`)) continue;
    if (!(await redis.lrem(inWork, 1, job))) continue;
    await redis.lpush(queue, job);
    putBack++;
  }
  console.log(`put back ${putBack}`);
  redis.disconnect();
}

main();
