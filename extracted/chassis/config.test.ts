import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { addresses, ConfigError, loadConfig, port, wholeNumber } from "./config.ts";

const schema = z.object({
  PORT: port.default(8080),
  KERNEL_URL: z.string().describe("must be host:port"),
  REDIS_URL: z.url("must be a URL such as redis://127.0.0.1:6390"),
  TOKEN: z.string().min(8, "must be at least 8 characters"),
  LIMIT: wholeNumber(1, 10).optional(),
});

describe("config", () => {
  it("reads what the schema names and fills in defaults", () => {
    const env = { KERNEL_URL: "k:1", REDIS_URL: "redis://r", TOKEN: "12345678", LIMIT: "10", HOME: "/" };
    assert.deepEqual(loadConfig(schema, env), {
      PORT: 8080,
      KERNEL_URL: "k:1",
      REDIS_URL: "redis://r",
      TOKEN: "12345678",
      LIMIT: 10,
    });
  });

  it("lists every problem at once, by name, and never a value", () => {
    const env = { PORT: "70000", REDIS_URL: "nonsense", TOKEN: "secret", LIMIT: "1.5" };
    assert.throws(
      () => loadConfig(schema, env),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(error.message.split("\n").slice(1).sort(), [
          "KERNEL_URL: is not set; must be host:port",
          "LIMIT: must be a whole number from 1 to 10",
          "PORT: must be a whole number from 0 to 65535",
          "REDIS_URL: must be a URL such as redis://127.0.0.1:6390",
          "TOKEN: must be at least 8 characters",
        ]);
        return true;
      },
    );
  });

  it("takes a blank variable for one that is not set", () => {
    const env = { PORT: " ", KERNEL_URL: "k:1", REDIS_URL: "redis://r", TOKEN: "12345678" };
    assert.equal(loadConfig(schema, env).PORT, 8080);
    assert.throws(() => loadConfig(schema, { ...env, KERNEL_URL: "" }), /KERNEL_URL: is not set/);
  });

  it("takes digits alone for a number", () => {
    for (const value of ["0x10", "1e1", "-1", "+1", "１", "65536"]) {
      assert.equal(port.safeParse(value).success, false, value);
    }
    assert.equal(port.parse("0"), 0);
    assert.equal(port.parse("65535"), 65_535);
  });

  it("takes one address, or several with commas between", () => {
    const read = (KERNEL: string) => loadConfig(z.object({ KERNEL: addresses }), { KERNEL }).KERNEL;
    for (const good of ["k:1", "127.0.0.1:50051,k-2:50052", "[::1]:1"]) assert.equal(read(good), good);
    for (const bad of ["k", "k:1,", "k:1, k:2", "http://k"])
      assert.throws(() => read(bad), /KERNEL: must be/);
  });
});
