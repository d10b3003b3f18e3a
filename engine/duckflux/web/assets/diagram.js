/** The flow as a picture; `onChoose` is told the step that a person chooses. It is drawn anew when it has changed. */
function diagramSection(onChoose) {
  const container = element("div", { class: "diagram flow-diagram" });
  const section = element("section", { "aria-labelledby": "flow-title" }, element("h2", { id: "flow-title" }, "Flow"), container);
  const diagram = new FlowDiagram(container, { onChoose });
  let drawn = null;
  const show = (record) => {
    section.hidden = !record;
    if (!record) return;
    if (record.svg !== drawn) {
      diagram.draw(record.svg);
      diagram.fit();
    }
    drawn = record.svg;
    diagram.showResults(record.results);
  };
  return { section, show };
}
