// The names that the page shares with the API, as the shell carries them (vocabulary.py).

const { baseline, families, metrics } = JSON.parse(document.body.dataset.vocabulary);

/** What people call each family: {lightgbm: "LightGBM", …}. */
export const FAMILIES = families;

/** The families that may be chosen, as POST /jobs takes them. */
export const CHOOSABLE_FAMILIES = Object.keys(families).filter((family) => family !== baseline);

/** The metrics of each task, as POST /jobs takes them; the first is what is taken unless told. */
export const METRICS_OF = metrics;
