// Node's verdict on TLS servers: node client.mjs ROOT.pem HOST PORT…
// A line a port: `PORT ok`, or `PORT` and why not.
import { readFileSync } from "node:fs";
import { connect } from "node:tls";

const [root, servername, ...ports] = process.argv.slice(2);
const ca = readFileSync(root);

const verdict = (port) =>
  new Promise((done) => {
    const socket = connect({ host: "127.0.0.1", port, servername, ca, timeout: 10_000 }, () => {
      socket.destroy();
      done("ok");
    });
    socket.on("error", (error) => done(`${error.code}: ${error.message}`.replaceAll("\n", " ")));
    socket.on("timeout", () => {
      socket.destroy();
      done("timed out");
    });
    socket.on("close", () => done("closed"));
  });

for (const port of ports) {
  console.log(`${port} ${await verdict(Number(port))}`);
}
