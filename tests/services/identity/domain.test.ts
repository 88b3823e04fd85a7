import { COMMON_PASSWORDS } from "../../../services/identity/domain/common-passwords";
import {
  MAX_FAILURES,
  retryAfter_s,
  type RecentAttempt,
} from "../../../services/identity/domain/login-limits";
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
  const attempt = (given: Partial<RecentAttempt> = {}): RecentAttempt => ({
    same_username: true,
    same_client: false,
    failed: true,
    age_s: 60,
    ...given,
  });
  const times = (count: number, given?: Partial<RecentAttempt>) =>
    Array.from({ length: count }, () => attempt(given));
  const fromClient = { same_username: false, same_client: true };

  test("allows fewer than ten failures of a name and fifty of a client", () => {
    const attempts = [...times(MAX_FAILURES.username - 1), ...times(MAX_FAILURES.client - 1, fromClient)];
    expect(retryAfter_s(attempts)).toBeUndefined();
  });

  test("counts an attempt with the same name and client for both limits", () => {
    const both = { same_username: true, same_client: true };
    expect(retryAfter_s([...times(9), ...times(1, both)])).toBe(840);
    expect(retryAfter_s([...times(49, fromClient), ...times(1, both)])).toBe(840);
  });

  test("ends when the tenth newest failure is older than the period", () => {
    const attempts = [...times(5, { age_s: 899 }), ...times(1, { age_s: 300.2 }), ...times(9, { age_s: 10 })];
    expect(retryAfter_s(attempts)).toBe(600);
  });

  test("gives the longer wait when both limits are reached", () => {
    const attempts = [...times(10, { age_s: 800 }), ...times(50, { ...fromClient, age_s: 100 })];
    expect(retryAfter_s(attempts)).toBe(800);
  });

  test("ignores what is older than fifteen minutes", () => {
    expect(retryAfter_s(times(20, { age_s: 900 }))).toBeUndefined();
  });

  test("never gives a wait of less than a second", () => {
    expect(retryAfter_s(times(10, { age_s: 899.999 }))).toBe(1);
  });

  test("counts running checks, but only while they run", () => {
    expect(retryAfter_s([...times(5), ...times(5, { failed: false, age_s: 0 })])).toBe(1);
  });

  test("counts a check that a crash interrupted as a failure", () => {
    expect(retryAfter_s(times(10, { failed: false, age_s: 30 }))).toBe(870);
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
