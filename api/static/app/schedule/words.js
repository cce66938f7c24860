// Times of a schedule by the clocks of its time zone.

const formats = new Map();

/** The time zone of this browser. */
export const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** Mon, Dec 7, 03:00 by the clocks of `zone`; in UTC where the browser does not know the zone. */
export function zonedTime(iso, zone = browserZone()) {
  if (!formats.has(zone)) formats.set(zone, format(zone) ?? format("UTC"));
  return formats.get(zone).format(new Date(iso));
}

function format(zone) {
  try {
    return new Intl.DateTimeFormat("en", { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
  } catch {
    return null;
  }
}

/** "At 03:00 on Monday (Europe/Rome)" of the server's words. */
export const scheduleWords = (words, zone) => `${words.slice(0, 1).toUpperCase()}${words.slice(1)} (${zone.replaceAll("_", " ")})`;
