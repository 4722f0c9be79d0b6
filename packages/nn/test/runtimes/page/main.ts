import { currentRuntime } from '../../../src/runtime/current.ts';
import { runtimeCases } from '../cases.ts';

/** What the test asks the page for. */
declare global {
  interface Window {
    runCase?: (name: string) => Promise<string | undefined>;
    runtimeName?: () => Promise<string>;
  }
}

window.runtimeName = async () => (await currentRuntime()).name;

window.runCase = async (name) => {
  const found = runtimeCases.find((one) => one.name === name);
  if (found === undefined) return `no case '${name}'`;
  try {
    await found.run(await currentRuntime());
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  }
};
