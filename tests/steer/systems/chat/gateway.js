// Shows answers in a browser: node gateway.js
//
// POST /SESSION asks a question; whoever opens a WebSocket at /SESSION is shown what there is of the
// answer, and then what comes. "ping" asks whether the page is alive, as far as to Redis.
const { createServer } = require("http");
const Redis = require("ioredis");
const { WebSocketServer } = require("ws");

const redis = new Redis(process.env.REDIS_URL);
const subscriber = redis.duplicate();
const pages = new Map(); // by channel, what takes its messages
subscriber.on("message", (channel, chunk) => pages.get(channel)?.(chunk));

const server = createServer(async (request, response) => {
  await redis.rpush("chat:questions", request.url.slice(1));
  response.writeHead(202).end();
});

async function open(socket, session) {
  const history = await redis.lrange(`chat:history:${session}`, 0, -1);
  for (const chunk of history) socket.send(chunk);
  pages.set(`chat:stream:${session}`, (chunk) => socket.send(chunk));
  await subscriber.subscribe(`chat:stream:${session}`);
}

async function close(session) {
  await subscriber.unsubscribe(`chat:stream:${session}`);
  pages.delete(`chat:stream:${session}`);
}

new WebSocketServer({ server }).on("connection", (socket, request) => {
  const session = request.url.slice(1);
  const opened = open(socket, session);
  socket.on("message", async () => {
    await opened;
    await subscriber.ping();
    socket.send("pong");
  });
  socket.on("close", () => close(session));
});

server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
