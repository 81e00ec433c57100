// What the published libraries say of signed requests: node libraries.mjs PACKAGES < requests, one JSON array of refusals and acceptances.
// Every request is shown to each library with each of its secrets, then spoiled in each way. v1a is no part of these libraries: Node's own cryptography judges it.
import { createPublicKey, verify } from "node:crypto";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "package.json"));
const libraries = { standardwebhooks: require("standardwebhooks").Webhook, svix: require("svix").Webhook };
const foreignSecret = "whsec_" + Buffer.alloc(32, 7).toString("base64");

const spoilers = {
  body: (r) => ({ ...r, body: r.body.replace("entry", "Entry") }),
  id: (r) => ({ ...r, headers: { ...r.headers, "webhook-id": "evt_ffffffffffffffff" } }),
  timestamp: (r) => ({ ...r, headers: { ...r.headers, "webhook-timestamp": String(Number(r.headers["webhook-timestamp"]) + 1) } }),
  signature: (r) => ({ ...r, headers: { ...r.headers, "webhook-signature": "v1," + Buffer.alloc(32, 1).toString("base64") } }),
};

function accepts(check) {
  try {
    return check() !== false;
  } catch {
    return false;
  }
}

function ed25519(request, whpk) {
  const x = Buffer.from(whpk.slice("whpk_".length), "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = request.headers;
  const message = Buffer.from(`${id}.${timestamp}.${request.body}`);
  const mine = signatures.split(" ").filter((one) => one.startsWith("v1a,"));
  return mine.some((one) => verify(null, message, key, Buffer.from(one.slice(4), "base64")));
}

const verdicts = [];
for (const request of JSON.parse(readFileSync(0, "utf8"))) {
  if (!request.headers["webhook-signature"]) continue;
  const judges = [];
  for (const [library, Webhook] of Object.entries(libraries)) {
    for (const secret of request.secrets) judges.push([library, (r) => new Webhook(secret).verify(r.body, r.headers)]);
    verdicts.push({ request: request.name, by: library, spoiled: "secret", accepted: accepts(() => new Webhook(foreignSecret).verify(request.body, request.headers)) });
  }
  for (const key of request.publicKeys) judges.push(["ed25519", (r) => ed25519(r, key)]);
  for (const [by, judge] of judges) {
    verdicts.push({ request: request.name, by, spoiled: null, accepted: accepts(() => judge(request)) });
    for (const [spoiled, spoil] of Object.entries(spoilers)) verdicts.push({ request: request.name, by, spoiled, accepted: accepts(() => judge(spoil(request))) });
  }
}
console.log(JSON.stringify(verdicts));
