"use strict";
// Before anything is drawn, so that a dark room stays dark.
try {
  const theme = localStorage.getItem("undertone theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch { /* A browser may keep nothing; the system's choice holds then. */ }
