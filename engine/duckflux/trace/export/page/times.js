"use strict";

/** Times and durations as people read them. */

function localTime(text) {
  const time = new Date(text);
  return Number.isNaN(time.valueOf()) ? text : time.toLocaleString();
}

function padded(number, length = 2) {
  return String(number).padStart(length, "0");
}

function clockText(milliseconds) {
  const date = new Date(milliseconds);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => padded(part));
  return `${hours}:${minutes}:${seconds}.${padded(date.getMilliseconds(), 3)} `;
}

function durationText(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < 59950) return `${(milliseconds / 1000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${padded(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${padded(Math.floor((seconds % 3600) / 60))}m`;
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration such as `1.5s`; null for another text. */
function parseDuration(text) {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2]] : null;
}
