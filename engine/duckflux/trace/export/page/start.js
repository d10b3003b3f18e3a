/** The page begins at the step that a link names, at what made the run fail, or at the run. */

takeData([given]);
followHost();
followContrast();
followLinks();
showWhetherNewest(data.isNewest);
listen();
revealAndSelect(linkedNode() ?? causeOf(state.tree.root) ?? state.tree.root);
rowsPane.focus();
askForNews();
