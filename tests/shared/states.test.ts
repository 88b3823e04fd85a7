import { stateMachine, unknownCase } from "../../shared/states";

type Light = "red" | "green" | "off";

const lights = stateMachine<Light>({ red: ["green", "off"], green: ["red", "off"], off: [] });

describe("a state machine", () => {
  test("tells from which states another can be reached", () => {
    expect(lights.before("green")).toEqual(["red"]);
    expect(lights.before("off")).toEqual(["red", "green"]);
  });

  test("allows what its transitions name, and nothing else", () => {
    expect(lights.allows("red", "green")).toBe(true);
    expect(lights.allows("off", "red")).toBe(false);
    expect(lights.allows("red", "red")).toBe(false);
  });

  test("a switch that meets a state without a case says which", () => {
    expect(() => unknownCase("blue" as never)).toThrow('no case for "blue"');
  });
});
