import { COMMON_PASSWORDS } from "../../../services/identity/domain/common-passwords";
import { deviceToken, knownDevice } from "../../../services/identity/device-token";
import {
  FAILURES_THAT_COUNT,
  nameDelay_ms,
  retryAfter_s,
  type RecentAttempt,
} from "../../../services/identity/domain/login-limits";
import { networkOf } from "../../../services/identity/network";
import { passwordProblem } from "../../../services/identity/domain/password-rules";
import { effectiveChange, endsAccess, leavesStaff } from "../../../services/identity/domain/user-change";

describe("a new password", () => {
  const ann = { username: "Ann.Walker", email: "walker-ann@example.com" };

  test.each([
    ["seven77", "must have at least 8 characters"],
    ["x".repeat(127) + "yz", "must have at most 128 characters"],
    ["ann.walker", "must not be the user name"],
    ["ANN.WALKER", "must not be the user name"],
    ["Walker-Ann", "must not be the email address"],
    ["walker-ann@example.com", "must not be the email address"],
    ["password", "is too common"],
    ["PassWord123", "is too common"],
    ["1q2w3e4r5t", "is too common"],
    ["ｐａｓｓｗｏｒｄ", "is too common"],
    ["zzzzzzzzzzzz", "is too common"],
  ])("%s: %s", (password, problem) => {
    expect(passwordProblem(password, ann)).toBe(problem);
  });

  test.each([
    "eight-ch",
    "x".repeat(127) + "y",
    "ann.walker2",
    "no digits needed here",
    "пароль не из списка",
  ])("%s will do", (password) => {
    expect(passwordProblem(password, ann)).toBeUndefined();
  });

  test("the list of common ones has no entry that could never match", () => {
    const useless = [...COMMON_PASSWORDS].filter((word) => word.length < 8 || word !== word.toLowerCase());
    expect(useless).toEqual([]);
    expect(COMMON_PASSWORDS.size).toBeGreaterThan(1000);
  });
});

describe("the limit on failed logins", () => {
  const times = (count: number, given?: Partial<RecentAttempt>) =>
    Array.from({ length: count }, () => ({ failed: true, age_s: 60, ...given }));

  test("allows fewer failures than its number", () => {
    expect(retryAfter_s(times(9), 10)).toBeUndefined();
    expect(retryAfter_s(times(10), 10)).toBe(840);
    expect(retryAfter_s(times(49), 50)).toBeUndefined();
  });

  test("ends when the tenth newest failure is older than the period", () => {
    const attempts = [...times(5, { age_s: 899 }), ...times(1, { age_s: 300.2 }), ...times(9, { age_s: 10 })];
    expect(retryAfter_s(attempts, 10)).toBe(600);
  });

  test("ignores what is older than fifteen minutes", () => {
    expect(retryAfter_s(times(20, { age_s: 900 }), 10)).toBeUndefined();
  });

  test("never gives a wait of less than a second", () => {
    expect(retryAfter_s(times(10, { age_s: 899.999 }), 10)).toBe(1);
  });

  test("counts running checks, but only while they run", () => {
    expect(retryAfter_s([...times(5), ...times(5, { failed: false, age_s: 0 })], 10)).toBe(1);
  });

  test("counts a check that a crash interrupted as a failure", () => {
    expect(retryAfter_s(times(10, { failed: false, age_s: 30 }), 10)).toBe(870);
  });

  test.each([
    [0, 0],
    [5, 0],
    [6, 100],
    [24, 1900],
    [25, 2000],
    [FAILURES_THAT_COUNT, 2000],
    [1_000_000, 2000],
  ])("delays a name with %i failures by %i ms", (failures, delay_ms) => {
    expect(nameDelay_ms(failures)).toBe(delay_ms);
  });
});

describe("the network of a client", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["2001:db8::7", "2001:db8:0:0::/64"],
    ["2001:0DB8:0000:0000:ffff:1:2:3", "2001:db8:0:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["unknown", "unknown"],
    ["", ""],
  ])("%s is %s", (client, network) => {
    expect(networkOf(client)).toBe(network);
  });
});

describe("the token of a device", () => {
  const owner = { id: "u1", password_hash: "$argon2id$one" };
  const NOW = Date.UTC(2026, 0, 1);
  const token = deviceToken(owner, NOW);
  const [device = "", expires_s = "", seal = ""] = token.split(".");

  test("shows the device again, and keeps its id when it is renewed", () => {
    expect(knownDevice(token, owner, NOW)).toBe(device);
    expect(knownDevice(deviceToken(owner, NOW, device), owner, NOW)).toBe(device);
    expect(deviceToken(owner, NOW)).not.toBe(token);
  });

  test("ends after 180 days, and with a new password; it is for one account", () => {
    expect(knownDevice(token, owner, NOW + 180 * 86_400_000 - 1)).toBe(device);
    expect(knownDevice(token, owner, NOW + 180 * 86_400_000)).toBeUndefined();
    expect(knownDevice(token, { ...owner, password_hash: "$argon2id$two" }, NOW)).toBeUndefined();
    expect(knownDevice(token, { ...owner, id: "u2" }, NOW)).toBeUndefined();
  });

  test.each([
    "",
    ".",
    "...",
    "a.b.c",
    `${device}.${expires_s}`,
    `${device}.${expires_s}.`,
    `${device}.${expires_s}0.${seal}`,
    `${device}x.${expires_s}.${seal}`,
    `${device}.${expires_s}.${seal.slice(1)}`,
    `.${device}${expires_s}.${seal}`,
  ])("cannot be forged: %s", (forged) => {
    expect(knownDevice(forged, owner, NOW)).toBeUndefined();
  });
});

describe("a change of a user", () => {
  const user = {
    username: "ann",
    email: "ann@example.com",
    password_hash: "old",
    is_staff: true,
    is_active: true,
  };

  test("contains only what differs", () => {
    expect(effectiveChange(user, { ...user, email: undefined })).toEqual({});
    expect(effectiveChange(user, { username: "Ann", is_staff: true })).toEqual({ username: "Ann" });
  });

  test.each([
    [{ username: "b" }, false],
    [{ email: "b@example.com" }, false],
    [{ is_staff: true }, false],
    [{ is_active: true }, false],
    [{ is_staff: false }, true],
    [{ is_active: false }, true],
    [{ password_hash: "new" }, true],
    [{ username: "b", is_staff: true, password_hash: "new" }, true],
  ])("%j ends access: %s", (change, ends) => {
    expect(endsAccess(change)).toBe(ends);
  });

  const flags = [true, false];
  const changes = [
    {},
    { is_staff: false },
    { is_active: false },
    { is_staff: false, is_active: false },
    { username: "b" },
  ];
  const cases = flags.flatMap((is_staff) =>
    flags.flatMap((is_active) => changes.map((change) => ({ is_staff, is_active, change }))),
  );
  test.each(cases)("ends active staff rights: %j", ({ is_staff, is_active, change }) => {
    const leaves = is_staff && is_active && ("is_staff" in change || "is_active" in change);
    expect(leavesStaff({ ...user, is_staff, is_active }, change)).toBe(leaves);
  });
});
