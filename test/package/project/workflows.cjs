const { agentRun, runAgent } = require('duvo-temporal/workflows');

exports.agentRun = agentRun;
exports.process = async (input) => (await runAgent(input)).output;
