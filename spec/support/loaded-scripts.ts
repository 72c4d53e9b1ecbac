/**
 * To be imported before a program: writes what that has loaded by its end into the file `$LOADED_SCRIPTS`, as JSON: the URLs of
 * its scripts, and the names of Node's own modules.
 */
import { writeFileSync } from 'node:fs';
import { type Debugger, type InspectorNotification, Session } from 'node:inspector';

const scripts: string[] = [];
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', (event: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
  if (event.params.url.startsWith('file:')) scripts.push(event.params.url);
});
session.post('Debugger.enable');

process.once('exit', () => {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] };
  const modules = moduleLoadList.flatMap((each) => /^NativeModule ([a-z_/]+)$/.exec(each)?.[1] ?? []);
  writeFileSync(process.env['LOADED_SCRIPTS'] ?? '', JSON.stringify({ scripts, modules }));
});
