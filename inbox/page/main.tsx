import { render } from 'preact';
import { logInByLink } from './api';
import { App } from './app';

void logInByLink().then((problem) => render(<App loginProblem={problem} />, document.body));
