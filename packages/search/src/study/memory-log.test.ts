import { studyLogContract } from '@luthier/search/testing';
import { memoryLog } from './memory-log.ts';

studyLogContract('the log in memory', () => memoryLog());
