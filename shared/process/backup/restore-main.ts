import { dataFolderOf, fileArgument, runToEnd } from "./command";
import { restore } from "./restore";

// `npm run restore FILE`: makes the data folder from a backup. The next start continues from there.
void runToEnd("Nothing was restored", async (config, _shutdown, log) => {
  const dataDir = dataFolderOf(config);
  const { began_at, ended_at = began_at, version } = await restore(fileArgument("restore"), dataDir, log);
  process.stdout.write(`Restored ${dataDir} as of ${ended_at}, from version ${version}. Now: npm start\n`);
});
