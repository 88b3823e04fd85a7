"use strict";

const MAX_COLUMNS = 110;

/** A line with a URL, or without a space to break it at, may be longer. */
function mayBeLonger(line) {
  return /https?:\/\/\S/.test(line) || !/\s/.test(line.trim());
}

/** Lines end at 110 columns, also those that the formatter leaves alone: strings, SQL and comments. */
module.exports = {
  create(context) {
    return {
      Program() {
        context.sourceCode.lines.forEach((line, index) => {
          const columns = [...line].length;
          if (columns <= MAX_COLUMNS || mayBeLonger(line)) return;
          const place = { line: index + 1, column: MAX_COLUMNS };
          context.report({
            loc: { start: place, end: { ...place, column: line.length } },
            message: `this line has ${columns} columns, the limit is ${MAX_COLUMNS}`,
          });
        });
      },
    };
  },
};
