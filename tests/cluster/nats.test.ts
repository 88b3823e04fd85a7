import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker } from "moleculer";
import brokerOptions from "../../moleculer.config";
import { OPERATOR } from "../../shared/service/caller";
import { CONSOLE, nodeIdOf } from "../../shared/service/bus-name";
import { describeWithNats, startNats, startPlainNats, type NatsServer } from "../support/nats";
import { createDatabase, type TestDatabase } from "../support/postgres";
import {
  freePorts,
  NODE_OPTIONS,
  startProgram,
  startServiceProcess,
  statusOf,
  type TestProcess,
} from "../support/processes";
import { eventually } from "../support/system";

jest.setTimeout(60_000);

const WARNING = "anybody on this NATS can act as any service";

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

const running: { kill?: () => Promise<void>; stop?: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse())
    await (each.kill === undefined ? each.stop?.() : each.kill());
});

function runs<Started extends (typeof running)[number]>(started: Started): Started {
  running.push(started);
  return started;
}

async function startCatalog(env: Record<string, string>) {
  return runs(await startServiceProcess({ DATABASE_URL: database.url, SERVICES: "catalog", ...env }));
}

/** Lists the plans at the console, in this process. */
async function listPlans(natsUrl: string, natsCaFile?: string): Promise<unknown> {
  const options = brokerOptions({ logLevel: "fatal", natsUrl, natsCaFile });
  const operator = runs(new ServiceBroker({ ...options, nodeID: nodeIdOf(CONSOLE) }));
  await operator.start();
  await operator.waitForServices("catalog", 10_000);
  return operator.call("catalog.listPlans", {}, { meta: { caller: OPERATOR } });
}

describeWithNats("NATS with TLS", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "nats-tls-"));
  const [key, certificate] = ["key.pem", "cert.pem"].map((file) => path.join(folder, file)) as [
    string,
    string,
  ];
  let nats: NatsServer;

  beforeAll(async () => {
    const subject = ["-subj", "/CN=nats", "-addext", "subjectAltName=DNS:localhost"];
    const kind = [
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "1",
    ];
    execFileSync("openssl", ["req", ...kind, ...subject, "-keyout", key, "-out", certificate], {
      stdio: "pipe",
    });
    nats = await startNats([], ["--tls", "--tlscert", certificate, "--tlskey", key]);
  });
  afterAll(async () => {
    await nats.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlFor = (user: string) =>
    nats.urlFor(user).replace("nats:", "tls:").replace("127.0.0.1", "localhost");

  it("encrypts with tls:// and the CA of NATS_CA_FILE", async () => {
    const catalog = await startCatalog({ NATS_URL: urlFor("catalog"), NATS_CA_FILE: certificate });
    await catalog.ready();
    expect(await listPlans(urlFor(CONSOLE), certificate)).toMatchObject({ items: expect.any(Array) });
    expect(catalog.output()).not.toContain(WARNING);
  });

  it("does not talk to a NATS whose certificate it cannot check, nor to one without TLS", async () => {
    const unchecked = await startCatalog({ NATS_URL: urlFor("catalog") });
    await unchecked.says("waiting for NATS at localhost");
    expect(unchecked.output()).toMatch(/self-signed certificate/);
    const plain = runs(await startPlainNats());
    const url = `tls://catalog:secret@localhost:${plain.port}`;
    const unencrypted = await startCatalog({ NATS_URL: url, NATS_CA_FILE: certificate });
    await unencrypted.says("waiting for NATS at localhost");
    expect(unencrypted.output()).toMatch(/tls/i);
  });
});

describeWithNats("a process's user of NATS", () => {
  it("without users everything works, and each start warns that anybody can act as any service", async () => {
    const nats = runs(await startPlainNats());
    const catalog = await startCatalog({ NATS_URL: nats.urlFor("catalog") });
    await catalog.ready();
    expect(catalog.output().split(WARNING)).toHaveLength(2);
    expect(await listPlans(nats.urlFor(CONSOLE))).toMatchObject({ items: expect.any(Array) });
  });

  it("a process that has another service's user ends with one sentence", async () => {
    const nats = runs(await startNats());
    const catalog = await startCatalog({ NATS_URL: nats.urlFor("cron") });
    expect((await catalog.ended).status).toBe(1);
    expect(catalog.output()).toContain("NATS_URL: NATS does not let its user act as catalog");
  });
});

describeWithNats("two processes with one node id", () => {
  it("the new one ends, and nobody misses the old one", async () => {
    const nats = runs(await startNats());
    const [port = 0] = await freePorts(1);
    const start = (env: Record<string, string> = {}): TestProcess =>
      runs(
        startProgram(process.execPath, [...NODE_OPTIONS, "tests/cluster/namesake.ts"], {
          DATABASE_URL: database.url,
          SERVICES: "catalog",
          NODE_ID: "catalog.same",
          NATS_URL: nats.urlFor("catalog"),
          ...env,
        }),
      );
    const old = start({ METRICS_PORT: String(port) });
    const isReady = async () => (await statusOf(`http://127.0.0.1:${port}/ready`)) === 200;
    await eventually(async () => (await isReady()) || undefined, 20_000);
    const options = brokerOptions({
      logLevel: "fatal",
      natsUrl: nats.urlFor(CONSOLE),
      natsCaFile: undefined,
    });
    const operator = runs(new ServiceBroker({ ...options, nodeID: nodeIdOf(CONSOLE) }));
    const missed = jest.fn();
    operator.localBus.on("$node.disconnected", missed);
    await operator.start();
    await operator.waitForServices("catalog");

    const namesake = start();
    expect((await namesake.ended).status).toBe(1);
    const sentence = "another process has the node id catalog.same: this one ends";
    expect(namesake.output().split(sentence)).toHaveLength(2);
    expect(old.output()).not.toContain(sentence);
    expect(await isReady()).toBe(true);
    const plans = await operator.call("catalog.listPlans", {}, { meta: { caller: OPERATOR } });
    expect(plans).toMatchObject({ items: expect.any(Array) });
    expect(missed).not.toHaveBeenCalled();
  });
});
