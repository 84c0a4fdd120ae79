// Whoever is asked to sign in has signed out, or is somebody else: this device forgets the day of the one before.
import { forgetDay } from "./door-store.js";

forgetDay().catch(() => {}); // a browser that keeps nothing has nothing to forget
