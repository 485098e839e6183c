import assert from "node:assert/strict";
import { test } from "node:test";
import { addressRules } from "./address.ts";

const CLOSED = `
  10.1.2.3 172.16.0.1 192.168.1.1 127.0.0.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 240.0.0.1 255.255.255.255
  192.0.0.8 198.18.0.1 203.0.113.9 ::1 :: fe80::1 fec0::1 fd00::1 ff02::1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
  ::ffff:0:7f00:1 ::7f00:1 64:ff9b::a00:1 64:ff9b:1::a00:1 2002:a00:1:: 2001:0:a00:1:: 2001:db8::1 4000::1
  fe80::1%eth0 localhost nonsense`;

test("private, shared, link-local, reserved and translated networks are not permitted", () => {
  const { permits, names } = addressRules(undefined, "ALLOW");
  for (const address of CLOSED.trim().split(/\s+/)) assert.equal(permits(address), false, address);
  for (const address of ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"]) {
    assert.equal(permits(address), true, address);
    assert.equal(names(address), false, address);
  }
});

test("what is named is permitted, in IPv6's clothes too, and nothing beside it", () => {
  const { permits, names } = addressRules("10.0.0.0/8, fd00::/8,127.0.0.1,", "ALLOW");
  for (const address of ["10.9.9.9", "::ffff:10.9.9.9", "fd12::1", "127.0.0.1"]) {
    assert.equal(permits(address), true, address);
    assert.equal(names(address), true, address);
  }
  for (const address of ["192.168.0.1", "127.0.0.2", "::1"]) assert.equal(permits(address), false, address);
});

test("a setting that names no network is told by its name", () => {
  assert.throws(() => addressRules("localhost", "ALLOW"), /ALLOW: localhost is neither/);
});
