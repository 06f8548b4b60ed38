// The desk's service worker.
import "./offline";
import "./push";
