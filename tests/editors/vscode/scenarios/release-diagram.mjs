/** A picture for the documentation: the diagram of a release beside its text, after its run. */
export default async function releaseDiagram(editor) {
  await editor.open("release.duck.yaml");
  await editor.lens("Run with trace").click();
  await editor.runEnded();
  await editor.palette("duckflux: Show Flow Diagram");
  const shown = editor.webview();
  await shown.locator(".step.success", { hasText: "rollout" }).waitFor();
  await shown.locator("#fit").click();
  await editor.page.locator(".tab[data-resource-name='release.duck.yaml']").click();
  await editor.goTo("      - tests");
  await shown.locator(".step.current", { hasText: "tests" }).waitFor();
  await editor.picture("flow-diagram.png");
  const drawn = shown.locator(".step");
  return Object.fromEntries(
    await drawn.evaluateAll((steps) =>
      steps.map((step) => [step.querySelector(".name").textContent, step.querySelector(".result").textContent]),
    ),
  );
}
