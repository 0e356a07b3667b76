"use client";

// For what the dashboard's own cannot catch: its layout.
export { default } from "./(dashboard)/error";
