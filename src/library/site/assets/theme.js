"use strict";
// A page that was opened from a folder is no app, and may not ask for what makes one.
if (location.protocol !== "file:") document.getElementById("manifest").rel = "manifest";
// Before anything is drawn, so that a dark room stays dark.
try {
  const theme = localStorage.getItem("undertone theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch { /* A browser may keep nothing; the system's choice holds then. */ }
