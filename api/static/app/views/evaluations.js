// What models were measured on: tests on new data, and comparisons of several.

import { linkButton } from "../components/button.js";
import { pageHead } from "../components/page.js";
import { tabs } from "../components/tabs.js";
import { h } from "../dom.js";
import { comparisonTable } from "./comparison/list.js";
import { evaluationTable } from "./evaluation/list.js";

export const title = "Tests and comparisons";

export default async function view({ signal }) {
  return h("div", {},
    pageHead("Tests and comparisons", { back: ["/models", "Models"], lead: "Models measured on labelled rows that they were not trained on.", actions: [linkButton("Compare models", "/compare")] }),
    tabs([
      { id: "tests", label: "Tests on new data", make: () => evaluationTable("", { signal }) },
      { id: "comparisons", label: "Comparisons", make: () => comparisonTable({ signal }) },
    ], { label: "What was measured" }));
}
