/** The last of several facts about each object: one SQL statement cannot write a row twice. */
export function lastOfEach<Fact extends { id: string }>(facts: readonly Fact[]): Fact[] {
  return [...new Map(facts.map((fact) => [fact.id, fact])).values()];
}
