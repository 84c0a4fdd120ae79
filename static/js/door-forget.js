// Somebody asked to sign in has signed out, or is somebody else: this device deletes the cached day.
import { forgetDay } from "./door-store.js";

forgetDay().catch(() => {}); // a browser without storage has nothing to delete
