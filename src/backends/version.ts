/** The version of lwm that artifacts name as their producer: set by the build from package.json. */
declare const LWM_VERSION: string | undefined;

export const version: string = typeof LWM_VERSION === "string" ? LWM_VERSION : "unbuilt";
